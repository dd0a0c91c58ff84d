import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { extendGuardianship, type FamilyStudent, type Guardianship } from '@/api/family'
import { asProblem } from '@/api/problem'
import { addDays } from '@/lib/format'
import { Card, Rows } from '@/ui/basic'
import { Empty, ProblemState } from '@/ui/states'

import { End } from './ChildCard'
import { ClaimsToMe, InviteParent } from './ClaimsToMe'
import css from './Family.module.css'
import { GuardianLine } from './GuardianLine'
import { OpenInvitations } from './Invite'
import { familyQuery } from './queries'

const MONTH = 30
const YEAR = 365

/** Who sees a student's diary. From 18 on the student alone decides. */
export function OwnGuardians({ student }: { student: FamilyStudent }) {
  const { t } = useTranslation('family')
  const adult = student.stage === 'ADULT'
  return (
    <>
      <ClaimsToMe claims={student.claims} />
      <Card title={t('own.who')} sub={t(adult ? 'own.adult' : 'own.minor')}>
        {student.guardians.length === 0 && <Empty>{t('own.nobody')}</Empty>}
        <Rows>
          {student.guardians.map((one) => (
            <GuardianLine key={`${one.id} ${one.version}`} guardian={one}>
              {adult && <End guardian={one} />}
              {adult && <Extend guardian={one} today={student.today} />}
            </GuardianLine>
          ))}
        </Rows>
        <OpenInvitations student={student} />
        {student.may_invite && <InviteParent />}
      </Card>
    </>
  )
}

function Extend({ guardian, today }: { guardian: Guardianship; today: string }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const [day, setDay] = useState(addDays(today, MONTH))
  const extending = useMutation({
    mutationFn: () => extendGuardianship(guardian.id, guardian.version, day),
    onSettled: () => client.invalidateQueries({ queryKey: familyQuery.queryKey }),
  })
  return (
    <div className={css.acts}>
      <TextInput type="date" label={t('own.until', { name: guardian.full_name })} min={today} max={addDays(today, YEAR)} value={day} onChange={(event) => setDay(event.currentTarget.value)} />
      <Button size="xs" disabled={!day} loading={extending.isPending} onClick={() => extending.mutate()}>
        {t('own.extend')}
      </Button>
      {extending.error && <ProblemState problem={asProblem(extending.error)} />}
    </div>
  )
}
