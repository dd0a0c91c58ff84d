import { Button } from '@mantine/core'
import { IconAlertTriangle, IconCloudOff, IconLock, IconMoodEmpty, type Icon } from '@tabler/icons-react'
import { useIsFetching, type UseQueryResult } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
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
      <p className={css.code}>
        {t('problem.quote', { code: problem.code })}
        {problem.reference && <> · {problem.reference}</>}
      </p>
    </div>
  )
}

interface LoadedProps<T> {
  query: UseQueryResult<T>
  skeleton: number[]
  children: (data: T) => ReactNode
}

/** A page's data in its honest state: coming, here, here but old, or not to be had. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data === undefined) {
    if (query.error) return <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
    if (query.fetchStatus === 'paused') return <ProblemState problem={noNetwork()} />
    return <Skeleton heights={skeleton} />
  }
  return (
    <>
      <Stale query={query} />
      {children(query.data)}
    </>
  )
}

function Stale<T>({ query }: { query: UseQueryResult<T> }) {
  const { t } = useTranslation()
  const offline = query.fetchStatus === 'paused' || (query.error !== null && asProblem(query.error).kind === 'offline')
  if (!offline) return null
  return (
    <div data-stale style={{ marginBottom: 12 }}>
      <Note>{t('state.stale', { moment: moment(query.dataUpdatedAt) })}</Note>
    </div>
  )
}

/** A thin line over the page while something is being fetched again. */
export function useBusy(): boolean {
  return useIsFetching() > 0
}
