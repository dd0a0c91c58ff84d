import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCloudOff, IconLock, IconMoodEmpty, type Icon } from '@tabler/icons-react'
import { onlineManager, type UseInfiniteQueryResult, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem, noNetwork, type Problem, type ProblemKind } from '@/api/problem'
import { moment } from '@/lib/format'

import { Note } from './basic'
import css from './ui.module.css'

const SKELETON_DELAY_MS = 150

function useDelay(): boolean {
  const [passed, setPassed] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), SKELETON_DELAY_MS)
    return () => clearTimeout(timer)
  }, [])
  return passed
}

/** The shape of what will come: one grey block per height given, shown only when the wait is felt. */
export function Skeleton({ heights }: { heights: number[] }) {
  const { t } = useTranslation()
  const visible = useDelay()
  return (
    <div className={css.skeletons} role="status" aria-label={t('state.loading')}>
      {heights.map((height, index) => (
        <div key={index} className={visible ? css.skeleton : undefined} style={{ height }} />
      ))}
    </div>
  )
}

export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className={css.state}>
      <IconMoodEmpty className={css.stateIcon} size={28} stroke={1.5} aria-hidden />
      <p>{children}</p>
      {action}
    </div>
  )
}

const icons: Partial<Record<ProblemKind, Icon>> = { offline: IconCloudOff, forbidden: IconLock, notFound: IconLock }

/** What happened, what is safe, what to do, and a code to quote. */
export function ProblemState({ problem, onRetry, page = false }: { problem: Problem; onRetry?: () => void; page?: boolean }) {
  const { t, i18n } = useTranslation()
  const Icon = icons[problem.kind] ?? IconAlertTriangle
  const Title = page ? 'h1' : 'h2'
  const byCode = `problem.code.${problem.code.replace('.', '_')}`
  return (
    <div className={css.state} role="alert">
      <Icon className={css.stateIcon} size={28} stroke={1.5} aria-hidden />
      <Title>{t(`problem.${problem.kind}.title`)}</Title>
      <p>{i18n.exists(byCode) ? t(byCode) : t(`problem.${problem.kind}.text`)}</p>
      {onRetry && problem.kind !== 'forbidden' && (
        <Button onClick={onRetry}>{t('act.retry')}</Button>
      )}
      {page && (
        <Button component="a" href="/">
          {t('act.home')}
        </Button>
      )}
      {(problem.kind === 'busy' || problem.kind === 'failed') && (
        <p>
          <a href="/status" target="_blank" rel="noopener">
            {t('act.status')}
          </a>
        </p>
      )}
      <p className={css.code}>
        {t('problem.quote', { code: problem.code })}
        {problem.reference && <> · {problem.reference}</>}
      </p>
    </div>
  )
}

interface LoadedProps<T> {
  query: UseQueryResult<T> | UseInfiniteQueryResult<T>
  skeleton: number[]
  /** What is said over data that could not be refreshed; `{{moment}}` is its age. */
  stale?: string
  children: (data: T) => ReactNode
}

/** A page's data in its honest state: coming, here, here but old, or not to be had. */
export function Loaded<T>({ query, skeleton, stale = 'state.stale', children }: LoadedProps<T>) {
  if (query.data === undefined || isWithdrawn(query.error)) {
    if (query.error) return <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
    if (query.fetchStatus === 'paused') return <ProblemState problem={noNetwork()} />
    return <Skeleton heights={skeleton} />
  }
  return (
    <>
      <Stale query={query} text={stale} />
      {children(query.data)}
    </>
  )
}

/** Access was taken back: what was seen before is not shown any more. */
function isWithdrawn(error: Error | null): boolean {
  const kind = error && asProblem(error).kind
  return kind === 'forbidden' || kind === 'notFound'
}

function Stale<T>({ query, text }: { query: UseQueryResult<T> | UseInfiniteQueryResult<T>; text: string }) {
  const { t } = useTranslation()
  const online = useSyncExternalStore((changed) => onlineManager.subscribe(changed), () => onlineManager.isOnline())
  const offline = !online || query.fetchStatus === 'paused' || (query.error !== null && asProblem(query.error).kind === 'offline')
  if (!offline && !query.error) return null
  return (
    <div data-stale style={{ marginBottom: 12 }}>
      <Note>
        {t(offline ? text : 'state.notFresh', { moment: moment(query.dataUpdatedAt), code: query.error ? asProblem(query.error).code : '' })}
      </Note>
    </div>
  )
}

