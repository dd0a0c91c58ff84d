import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import type { Role } from '@/api/session'
import { activeRoles, useSession } from '@/app/session'
import { switchRole } from '@/app/signing'
import { Card, Chip, Grow, Row, Rows, Sub } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import css from './Settings.module.css'

export function Roles() {
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
  const entering = useMutation({ mutationFn: () => switchRole(role.id) })
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
