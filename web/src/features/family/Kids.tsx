import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { actOnClaim, addKid, type FamilyStart, type OwnClaim, type OwnKid } from '@/api/family'
import { asProblem } from '@/api/problem'
import { dayMonth, moment } from '@/lib/format'
import { Card, Chip, cx, Grow, Rows, Sub, type Tone } from '@/ui/basic'
import { ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import { AskSchool } from './AskSchool'
import css from './Family.module.css'
import { familyQuery, startQuery } from './queries'

const tones: Record<OwnKid['state'], Tone> = { CONNECTED: 'good', WAITING: 'info', FOUND: 'primary', LIMITED: 'warn', ADULT: 'neutral', UNKNOWN: 'neutral' }

/** The children whom Госуслуги named, with what can be done about each; and what waits for a child's word. */
export function Kids({ start }: { start: FamilyStart }) {
  const { t } = useTranslation('kids')
  if (start.kids.length === 0 && start.claims.length === 0) return null
  return (
    <Card title={t('title')} sub={t('sub')}>
      <Rows>
        {start.kids.map((kid) => (
          <Kid key={kid.key} kid={kid} asked={start.requests.some((one) => one.status === 'PENDING' && one.child_name === kid.full_name)} />
        ))}
        {start.claims.map((claim) => (
          <Claim key={claim.id} claim={claim} />
        ))}
      </Rows>
    </Card>
  )
}

function Kid({ kid, asked }: { kid: OwnKid; asked: boolean }) {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const adding = useMutation({
    mutationFn: () => addKid(kid.key),
    onSuccess: () =>
      Promise.all([startQuery.queryKey, familyQuery.queryKey, ['session']].map((queryKey) => client.invalidateQueries({ queryKey }))),
  })
  const place = [kid.group_name, kid.organisation_name].filter(Boolean).join(' · ')
  const born = kid.birth_day ? t('born', { day: `${dayMonth(kid.birth_day)} ${kid.birth_day.slice(0, 4)}` }) : ''
  const grown = kid.stage === 'FROM_14'
  const text = kid.state === 'FOUND' && grown ? 'text.FOUND_FROM_14' : kid.state === 'UNKNOWN' && asked ? 'text.ASKED' : `text.${kid.state}`
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {kid.full_name}
        <Sub>{[born, place].filter(Boolean).join(' · ')}</Sub>
        <Sub>{t(text)}</Sub>
        {adding.error && <ProblemState problem={asProblem(adding.error)} />}
      </Grow>
      <Chip tone={tones[kid.state]}>{t(`state.${kid.state}`)}</Chip>
      {kid.state === 'FOUND' && (
        <Button variant="filled" loading={adding.isPending} onClick={() => adding.mutate()}>
          {t(grown ? 'ask' : 'connect')}
        </Button>
      )}
      {kid.state === 'UNKNOWN' && !asked && !asking && <Button onClick={() => setAsking(true)}>{t('askSchool')}</Button>}
      {asking && !asked && (
        <div style={{ flexBasis: '100%' }}>
          <AskSchool only="CHILD" child={{ name: kid.full_name, born: kid.birth_day, group: '' }} onSent={() => setAsking(false)} />
        </div>
      )}
    </li>
  )
}

function Claim({ claim }: { claim: OwnClaim }) {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const withdrawing = useMutation({
    mutationFn: () => actOnClaim('withdraw', claim.id, claim.version),
    onSettled: () => client.invalidateQueries({ queryKey: startQuery.queryKey }),
  })
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {t('claim.waits', { name: claim.student_name })}
        <Sub>{t('claim.until', { moment: moment(claim.expires_at_ms) })}</Sub>
        {withdrawing.error && <ProblemState problem={asProblem(withdrawing.error)} />}
      </Grow>
      <Button size="xs" loading={withdrawing.isPending} onClick={() => withdrawing.mutate()}>
        {t('claim.withdraw')}
      </Button>
    </li>
  )
}
