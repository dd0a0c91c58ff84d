import { Button, Checkbox, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { inviteGuardian, revokeInvitation, type FamilyStudent } from '@/api/family'
import { asProblem } from '@/api/problem'
import { addDays, moment, shortDate } from '@/lib/format'
import { cx, Grow, Note, Rows, Sub } from '@/ui/basic'
import { ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import css from './Family.module.css'
import { familyQuery } from './queries'
import { rightsWords } from './rights'

const YEAR = 365

/** «Бабушка до пятницы»: rights, a day, and a link that is told once. */
export function Invite({ student, onClose }: { student: FamilyStudent; onClose: () => void }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const clipboard = useClipboard({ timeout: 3000 })
  const [lastDay, setLastDay] = useState(addDays(student.today, 7))
  const [extra, setExtra] = useState<('SIGN' | 'CHAT')[]>([])
  const inviting = useMutation({
    mutationFn: () => inviteGuardian({ student_id: student.student_id, rights: ['SEE', ...extra], last_day: lastDay }),
    onSuccess: () => client.invalidateQueries({ queryKey: familyQuery.queryKey }),
  })
  if (inviting.data) {
    const link = `${window.location.origin}/join#${inviting.data.code}`
    return (
      <div className={css.form}>
        <Note tone="good">{t('invite.made', { day: shortDate(lastDay), moment: moment(inviting.data.expires_at_ms) })}</Note>
        <TextInput label={t('invite.link')} readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
        <div className={css.acts}>
          <Button variant="filled" onClick={() => clipboard.copy(link)}>
            {t(clipboard.copied ? 'invite.copied' : 'invite.copy')}
          </Button>
          <Button onClick={onClose}>{t('common:act.close')}</Button>
        </div>
      </div>
    )
  }
  const mine = student.mine?.rights ?? []
  return (
    <div className={css.form}>
      <p>{t('invite.about')}</p>
      <fieldset className={css.pick}>
        <legend>{t('invite.rights')}</legend>
        <Checkbox checked disabled label={t('right.SEE')} />
        {(['SIGN', 'CHAT'] as const)
          .filter((right) => mine.includes(right))
          .map((right) => (
            <Checkbox
              key={right}
              label={t(`right.${right}`)}
              checked={extra.includes(right)}
              onChange={(event) => setExtra(event.currentTarget.checked ? [...extra, right] : extra.filter((one) => one !== right))}
            />
          ))}
      </fieldset>
      <TextInput type="date" label={t('invite.day')} min={student.today} max={addDays(student.today, YEAR)} value={lastDay} onChange={(event) => setLastDay(event.currentTarget.value)} />
      {inviting.error && <ProblemState problem={asProblem(inviting.error)} />}
      <div className={css.acts}>
        <Button variant="filled" disabled={!lastDay} loading={inviting.isPending} onClick={() => inviting.mutate()}>
          {t('invite.make')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </div>
  )
}

/** Links that nobody has used yet. */
export function OpenInvitations({ student }: { student: FamilyStudent }) {
  const { t } = useTranslation('family')
  const { t: kids } = useTranslation('kids')
  const client = useQueryClient()
  const revoking = useMutation({
    mutationFn: revokeInvitation,
    onSettled: () => client.invalidateQueries({ queryKey: familyQuery.queryKey }),
  })
  if (student.invitations.length === 0) return null
  return (
    <>
      <Rows>
        {student.invitations.map((one) => (
          <li key={one.id} className={cx(ui.row, css.line)}>
            <Grow>
              {one.kind === 'STUDENT' ? kids('parent.open') : t('invite.open', { day: shortDate(one.last_day) })}
              <Sub>{t('invite.expires', { rights: rightsWords(t, one.rights), moment: moment(one.expires_at_ms) })}</Sub>
            </Grow>
            <Button size="xs" loading={revoking.isPending && revoking.variables === one.id} onClick={() => revoking.mutate(one.id)}>
              {t('invite.revoke')}
            </Button>
          </li>
        ))}
      </Rows>
      {revoking.error && <ProblemState problem={asProblem(revoking.error)} />}
    </>
  )
}
