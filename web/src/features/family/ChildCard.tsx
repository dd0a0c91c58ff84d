import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { endGuardianship, type FamilyStudent, type Guardianship } from '@/api/family'
import { asProblem } from '@/api/problem'
import { useChild } from '@/features/diary/useChild'
import { shortDate } from '@/lib/format'
import { Avatar, Card, Grow, Note, Rows, Sub } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import { ChildDevices } from './ChildDevices'
import css from './Family.module.css'
import { GuardianLine } from './GuardianLine'
import { Invite, OpenInvitations } from './Invite'
import { familyQuery } from './queries'
import { courtWords, rightsWords } from './rights'

/** One child: the way to the diary, who else stands for the child, and whom one lets stand in. */
export function ChildCard({ student }: { student: FamilyStudent }) {
  const { t } = useTranslation('family')
  const { choose } = useChild()
  const [inviting, setInviting] = useState(false)
  const mine = student.mine
  return (
    <Card>
      <div className={css.child}>
        <Avatar name={student.full_name} />
        <Grow>
          <b>{student.full_name}</b>
          <Sub>{[student.group_name, student.organisation_name].filter(Boolean).join(' · ')}</Sub>
        </Grow>
        {mine?.active && (
          <Link to="/diary" onClick={() => choose(student.student_id)}>
            {t('diary')}
          </Link>
        )}
      </div>
      {mine && <Standing mine={mine} adult={student.stage === 'ADULT'} />}
      {student.guardians.length > 0 && (
        <>
          <h3 className={css.heading}>{t('guardian.title')}</h3>
          <Rows>
            {student.guardians.map((one) => (
              <GuardianLine key={one.id} guardian={one}>
                {one.kind === 'TRUSTED' && !one.me && <End guardian={one} />}
              </GuardianLine>
            ))}
          </Rows>
        </>
      )}
      <ChildDevices student={student} />
      <OpenInvitations student={student} />
      {student.may_invite &&
        (inviting ? (
          <Invite student={student} onClose={() => setInviting(false)} />
        ) : (
          <div className={css.acts}>
            <Button onClick={() => setInviting(true)}>{t('invite.start')}</Button>
          </div>
        ))}
    </Card>
  )
}

/** What is special about one's own access. */
function Standing({ mine, adult }: { mine: Guardianship; adult: boolean }) {
  const { t } = useTranslation('family')
  if (mine.limited.length > 0) return <Note>{courtWords(t, 'guardian.myCourt', mine)}</Note>
  if (!mine.active) return <Note>{t(adult ? 'guardian.myAdult' : 'guardian.myOver', { day: mine.last_day ? shortDate(mine.last_day) : '' })}</Note>
  if (mine.kind !== 'TRUSTED') return null
  return (
    <div className={css.acts}>
      <span>{t('guardian.myTrust', { day: shortDate(mine.last_day), rights: rightsWords(t, mine.rights) })}</span>
      <End guardian={mine} />
    </div>
  )
}

export function End({ guardian }: { guardian: Guardianship }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const ending = useMutation({
    mutationFn: () => endGuardianship(guardian.id, guardian.version),
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: familyQuery.queryKey }), client.invalidateQueries({ queryKey: ['session'] })]),
  })
  return (
    <>
      <Button size="xs" loading={ending.isPending} onClick={() => ending.mutate()}>
        {t(guardian.me ? 'guardian.giveUp' : 'guardian.end')}
      </Button>
      {ending.error && <ProblemState problem={asProblem(ending.error)} />}
    </>
  )
}
