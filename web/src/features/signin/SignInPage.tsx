import { Button } from '@mantine/core'
import { Link, Navigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { endedBy, loginAddress, ownPath } from '@/api/session'
import { useMaybeSession } from '@/app/session'
import { startAnew } from '@/app/signing'
import { Note } from '@/ui/basic'

import { DeviceButton, useDeviceName } from './DeviceButton'
import { HELP } from './help'
import { Sheet } from './Sheet'
import css from './SignIn.module.css'

export function SignInPage() {
  const { t } = useTranslation('signin')
  const { return_to: returnTo = '/', left, ended } = useSearch({ from: '/signin' })
  const session = useMaybeSession()
  const name = useDeviceName()
  const [leaving, setLeaving] = useState(false)
  const why = session && endedBy(session)
  if (session?.authenticated) return <Navigate to="/" href={ownPath(returnTo)} replace />
  return (
    <Sheet>
      {(left ?? ended ?? why) && (
        <div style={{ marginBottom: 16 }}>
          <Note tone={left ? 'good' : 'warn'}>{why ? t(`common:again.why.${why}`) : t(left ? 'left' : 'ended')}</Note>
        </div>
      )}
      <h1>{t('title')}</h1>
      <p className={css.lead}>{t('lead')}</p>
      <DeviceButton onSignedIn={startAnew} />
      <div className={css.actions}>
        <Button
          component="a"
          href={loginAddress(returnTo)}
          variant={name ? 'default' : 'filled'}
          className={css.full}
          loading={leaving}
          onClick={() => setLeaving(true)}
        >
          {t('button')}
        </Button>
      </div>
      <p className={css.quiet}>
        <Link to="/signin/child">{t('childPage.link')}</Link>
      </p>
      <ul className={css.facts}>
        <li>{t('fact.account')}</li>
        <li>{t('fact.child')}</li>
        <li>{t('fact.email')}</li>
        <li>
          <Link to="/help/$topic" params={{ topic: HELP }}>
            {t('help')}
          </Link>
        </li>
        <li>
          <Link to="/status">{t('common:act.status')}</Link>
        </li>
      </ul>
    </Sheet>
  )
}
