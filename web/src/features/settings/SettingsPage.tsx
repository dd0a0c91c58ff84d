import { Button } from '@mantine/core'
import { IconCheck, IconDeviceDesktop } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { endSession, getProfile, getSessions, type Role } from '@/api/session'
import { activeRoles, useSession } from '@/app/session'
import { leave, switchRole } from '@/app/signing'
import { dayMonth, moment } from '@/lib/format'
import { Card, Chip, Grow, Note, PageHead, Row, Rows, Segments, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import css from './Settings.module.css'

export function SettingsPage() {
  const { t, i18n } = useTranslation('settings')
  const session = useSession()
  return (
    <div className={css.page}>
      <PageHead title={t('title')} sub={session.person?.display_name} />
      {!session.role && session.roles.length === 0 && <NoRoles />}
      {session.roles.length > 0 && <Roles />}
      <Card title={t('language')}>
        <div style={{ marginTop: 12 }}>
          <Segments
            label={t('language')}
            value={i18n.language === 'en' ? 'en' : 'ru'}
            options={[
              { value: 'ru', label: 'Русский' },
              { value: 'en', label: 'English' },
            ]}
            onChange={(language) => void i18n.changeLanguage(language)}
          />
        </div>
      </Card>
      <Sessions />
      <Profile />
    </div>
  )
}

function NoRoles() {
  const { t } = useTranslation('settings')
  return (
    <Card title={t('noRoles.title')}>
      <div className={css.text}>
        <p>{t('noRoles.text')}</p>
        <ul>
          <li>{t('noRoles.family')}</li>
          <li>{t('noRoles.staff')}</li>
        </ul>
        <p>{t('noRoles.then')}</p>
      </div>
      <Button onClick={() => void leave()}>{t('common:act.signOut')}</Button>
    </Card>
  )
}

function Roles() {
  const { t } = useTranslation('settings')
  const session = useSession()
  const others = session.roles.filter((role) => role.status !== 'ACTIVE')
  return (
    <Card title={t(session.role ? 'roles.title' : 'roles.choose')} sub={t('roles.sub')}>
      <div className={css.roles}>
        {activeRoles(session).map((role) => (
          <RoleCard key={role.id} role={role} current={role.id === session.role?.id} />
        ))}
      </div>
      {others.length > 0 && (
        <Rows>
          {others.map((role) => (
            <Row key={role.id}>
              <Grow>
                {t(`common:role.${role.type}`)}
                <Sub>{role.organisation_name}</Sub>
              </Grow>
              <Chip>{t(`common:status.${role.status}`)}</Chip>
            </Row>
          ))}
        </Rows>
      )}
    </Card>
  )
}

function RoleCard({ role, current }: { role: Role; current: boolean }) {
  const { t } = useTranslation('settings')
  const navigate = useNavigate()
  const entering = useMutation({ mutationFn: () => switchRole(role.id), onSuccess: () => navigate({ to: '/' }) })
  const about = [
    role.organisation_name,
    role.children.map((child) => `${child.full_name.split(' ')[1] ?? ''}, ${child.group_name}`).join('; '),
    role.groups.map((group) => group.name).join(', '),
    role.student?.group_name,
  ]
  return (
    <div className={css.role} data-current={current}>
      <h3>{t(`common:role.${role.type}`)}</h3>
      <Sub>{about.filter(Boolean).join(' · ')}</Sub>
      {current ? (
        <p className={css.current}>
          <IconCheck size={16} aria-hidden /> {t('roles.current')}
        </p>
      ) : (
        <Button variant="filled" loading={entering.isPending} onClick={() => entering.mutate()}>
          {t('roles.enter')}
        </Button>
      )}
      {entering.error && <ProblemState problem={asProblem(entering.error)} />}
    </div>
  )
}

function Sessions() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const query = useQuery({ queryKey: ['sessions'], queryFn: getSessions })
  const ending = useMutation({
    mutationFn: endSession,
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  })
  return (
    <Card title={t('sessions.title')} sub={t('sessions.sub')}>
      <Loaded query={query} skeleton={[44, 44]}>
        {({ sessions }) => (
          <Rows>
            {sessions.map((one) => (
              <Row key={one.id}>
                <IconDeviceDesktop size={20} stroke={1.6} aria-hidden />
                <Grow>
                  {one.device}
                  <Sub>{t('sessions.times', { opened: moment(one.opened_at_ms), seen: moment(one.seen_at_ms) })}</Sub>
                </Grow>
                {one.current ? (
                  <Chip tone="good">{t('sessions.current')}</Chip>
                ) : (
                  <Button size="xs" loading={ending.isPending && ending.variables === one.id} onClick={() => ending.mutate(one.id)}>
                    {t('sessions.end')}
                  </Button>
                )}
              </Row>
            ))}
          </Rows>
        )}
      </Loaded>
      {ending.error && <ProblemState problem={asProblem(ending.error)} />}
    </Card>
  )
}

function Profile() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: ['profile'], queryFn: getProfile })
  return (
    <Card title={t('profile.title')}>
      <Loaded query={query} skeleton={[44, 44]}>
        {(profile) => (
          <>
            <div className={css.text}>
              <p>{t('profile.source', { moment: moment(profile.esia_updated_at_ms) })}</p>
              {!profile.trusted && <Note>{t('profile.untrusted')}</Note>}
            </div>
            <Rows>
              {profile.consents.map((one) => (
                <Row key={`${one.purpose} ${one.version}`}>
                  <Grow>
                    {one.title}
                    <Sub>{t('profile.given', { version: one.version, moment: moment(one.given_at_ms) })}</Sub>
                  </Grow>
                </Row>
              ))}
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
