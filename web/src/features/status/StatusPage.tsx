import { Button } from '@mantine/core'
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { getStatus, type Part, type Status } from '@/api/status'
import { Sheet } from '@/features/signin/Sheet'
import sheet from '@/features/signin/SignIn.module.css'
import { moment, time } from '@/lib/format'
import { Note, type Tone } from '@/ui/basic'
import { Loaded } from '@/ui/states'

import css from './Status.module.css'

const TONES: Record<Status['state'], Tone> = { ok: 'good', partly: 'warn', down: 'bad' }

/** What works and what does not, for everybody, signed in or not; it renews itself. */
export function StatusPage() {
  const { t } = useTranslation('status')
  // Without a network the call fails in words at once instead of waiting for one.
  const query = useQuery({ queryKey: ['status'], queryFn: getStatus, refetchInterval: 15_000, networkMode: 'always' })
  return (
    <Sheet wide>
      <h1>{t('title')}</h1>
      <p className={sheet.lead}>{t('lead')}</p>
      <div className={css.board}>
        <Loaded query={query} skeleton={[44, 360]}>
          {(status) => <Board status={status} seenAt={query.dataUpdatedAt} />}
        </Loaded>
      </div>
      <div className={sheet.actions}>
        <Button component="a" href="/">
          {t('common:act.home')}
        </Button>
      </div>
    </Sheet>
  )
}

function Board({ status, seenAt }: { status: Status; seenAt: number }) {
  const { t } = useTranslation('status')
  return (
    <>
      <Note tone={TONES[status.state]}>{t(`state.${status.state}`)}</Note>
      <ul className={css.parts}>
        {status.parts.map((part) => (
          <Line key={part.name} part={part} />
        ))}
      </ul>
      <p className={css.seen}>{t('seen', { time: time(seenAt) })}</p>
    </>
  )
}

function Line({ part }: { part: Part }) {
  const { t } = useTranslation('status')
  const Icon = part.works ? IconCircleCheck : IconCircleX
  return (
    <li className={css.part} data-works={part.works}>
      <Icon className={css.icon} size={20} stroke={1.8} aria-hidden />
      <div>
        <b>{t(`part.${part.name}.title`)}</b>
        {!part.works && <p>{t(`part.${part.name}.away`)}</p>}
      </div>
      <span className={css.word}>{part.works ? t('works') : t('away', { moment: moment(part.since_ms) })}</span>
    </li>
  )
}
