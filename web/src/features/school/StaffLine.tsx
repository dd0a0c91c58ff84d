import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { changeRoleStatus, type RoleStatus, type StaffMember } from '@/api/school'
import { useSession } from '@/app/session'
import { Chip, type Tone } from '@/ui/basic'
import { ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

type StaffRole = StaffMember['roles'][number]

const tones: Record<string, Tone> = { ACTIVE: 'good', PENDING: 'info', SUSPENDED: 'warn', TERMINATED: 'neutral', REJECTED: 'bad' }

/** Where a role can go from its state with one press; every step here can be taken back. */
const steps: Record<string, { to: RoleStatus; act: string }[]> = {
  PENDING: [
    { to: 'ACTIVE', act: 'confirm' },
    { to: 'REJECTED', act: 'reject' },
  ],
  ACTIVE: [{ to: 'SUSPENDED', act: 'suspend' }],
  SUSPENDED: [{ to: 'ACTIVE', act: 'restore' }],
}

export function StaffLine({ member, organisationId }: { member: StaffMember; organisationId: string }) {
  return (
    <>
      {member.roles.map((role) => (
        <RoleLine key={role.id} name={member.full_name} own={member.person_id} role={role} organisationId={organisationId} />
      ))}
    </>
  )
}

function RoleLine({ name, own, role, organisationId }: { name: string; own: string; role: StaffRole; organisationId: string }) {
  const { t } = useTranslation('school')
  const session = useSession()
  const client = useQueryClient()
  const changing = useMutation({
    mutationFn: (status: RoleStatus) => changeRoleStatus(role.id, status, role.version),
    onSettled: () => client.invalidateQueries({ queryKey: ['organisation', organisationId] }),
  })
  const mayChange = session.role?.type === 'HEAD' && own !== session.person?.id
  return (
    <li className={ui.row} style={{ flexWrap: 'wrap', borderTop: '1px solid var(--line)' }}>
      <div className={ui.grow} style={{ flexBasis: 180 }}>
        {name}
        <p className={ui.sub}>{t(`common:role.${role.type}`, role.type)}</p>
      </div>
      <Chip tone={tones[role.status] ?? 'neutral'}>{t(`common:status.${role.status}`)}</Chip>
      {mayChange &&
        steps[role.status]?.map((step) => (
          <Button key={step.to} size="xs" loading={changing.isPending && changing.variables === step.to} onClick={() => changing.mutate(step.to)}>
            {t(`staff.${step.act}`)}
          </Button>
        ))}
      {changing.error && <ProblemState problem={asProblem(changing.error)} />}
    </li>
  )
}
