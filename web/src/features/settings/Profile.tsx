import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { getProfile, loginAddress, type Session } from '@/api/session'
import { activeRoles, useSession } from '@/app/session'
import { switchRole } from '@/app/signing'
import { dayMonth, moment } from '@/lib/format'
import { Card, Grow, Note, Row, Rows } from '@/ui/basic'
import { Loaded } from '@/ui/states'

import css from './Settings.module.css'

const ROLE = 'myschool.role'

export function Profile() {
  const { t } = useTranslation('settings')
  const session = useSession()
  const keepRole = () => {
    if (session.role) sessionStorage.setItem(ROLE, session.role.id)
  }
  useRoleAgain(session)
  const query = useQuery({ queryKey: ['profile'], queryFn: getProfile })
  return (
    <Card
      title={t('profile.title')}
      action={
        // The sign-in page of Госуслуги itself: nothing of theirs is kept here by which it could be asked again unseen.
        <Button component="a" href={loginAddress('/settings#profile', true)} leftSection={<IconRefresh size={16} aria-hidden />} onClick={keepRole}>
          {t('profile.refresh')}
        </Button>
      }
    >
      <Loaded query={query} skeleton={[44, 44]}>
        {(profile) => (
          <>
            <div className={css.text}>
              <p>{t('profile.source', { moment: moment(profile.esia_updated_at_ms) })}</p>
              <p>{t('profile.refreshText')}</p>
              {!profile.trusted && <Note>{t('profile.untrusted')}</Note>}
            </div>
            <Rows>
              <Row>
                <Grow>{t('profile.name', { name: profile.display_name })}</Grow>
              </Row>
              {profile.birth_date && (
                <Row>
                  <Grow>{t('profile.birth', { day: `${dayMonth(profile.birth_date)} ${profile.birth_date.slice(0, 4)}` })}</Grow>
                </Row>
              )}
            </Rows>
          </>
        )}
      </Loaded>
    </Card>
  )
}

/** Who comes back from Госуслуги with fresh data goes on in the role they left. */
function useRoleAgain(session: Session): void {
  useEffect(() => {
    const left = sessionStorage.getItem(ROLE)
    sessionStorage.removeItem(ROLE)
    if (!left || session.role || !activeRoles(session).some((role) => role.id === left)) return
    void switchRole(left, () => window.location.reload()).catch(() => undefined)
  }, [session])
}
