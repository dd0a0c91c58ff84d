/**
 * The diary as last seen, kept on the device so that it opens without a network. It belongs to one person in one role:
 * signing out, the end of the session, another role and another person wipe it. What is written never comes from here.
 */
import { dehydrate, hydrate, type DehydratedState, type Query, type QueryClient } from '@tanstack/react-query'

import { asProblem } from '@/api/problem'
import type { Session } from '@/api/session'

export const SEEN = 'myschool.seen'
const SESSION = `${SEEN}.session`
const DIARY = `${SEEN}.diary`
const KINDS = new Set<unknown>(['diary', 'marks'])
const WEEK_MS = 7 * 24 * 3600_000
const QUIET_MS = 500
/** Weeks and tables of marks that are kept, the newest first. */
const MOST = 24

interface Kept<T> {
  owner: string
  at: number
  value: T
}

function ownerOf(session: Session): string {
  return `${session.person?.id ?? ''} ${session.role?.id ?? ''}`
}

function read<T>(key: string): Kept<T> | null {
  const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Kept<T> | null
  return kept && Date.now() - kept.at < WEEK_MS ? kept : null
}

function write<T>(key: string, kept: Kept<T>): void {
  try {
    localStorage.setItem(key, JSON.stringify(kept))
  } catch {
    // No room on the device: what is unsent matters more than what was seen.
    localStorage.removeItem(key)
  }
}

export function forgetSeen(): void {
  localStorage.removeItem(SESSION)
  localStorage.removeItem(DIARY)
}

/** Remembers the session; the same person in the same role finds the diary again, anybody else wipes it. */
export function openSeen(client: QueryClient, session: Session): void {
  const owner = ownerOf(session)
  const diary = read<DehydratedState>(DIARY)
  if (diary?.owner !== owner) forgetSeen()
  if (!session.authenticated) return
  write(SESSION, { owner, at: Date.now(), value: session })
  if (diary?.owner === owner) hydrate(client, diary.value)
}

/** Who was here last, with the diary, for a page that is opened without a network. */
export function restoreSeen(client: QueryClient): Session | null {
  const kept = read<Session>(SESSION)
  if (!kept) return null
  const diary = read<DehydratedState>(DIARY)
  if (diary?.owner === kept.owner) hydrate(client, diary.value)
  return { ...kept.value, server_time: Date.now() }
}

function worthKeeping(query: Query): boolean {
  const { data, error } = query.state
  return KINDS.has(query.queryKey[0]) && data !== undefined && !isRefusal(error)
}

function keep(client: QueryClient): void {
  const owner = read<Session>(SESSION)?.owner
  if (!owner) return
  const state = dehydrate(client, { shouldDehydrateQuery: worthKeeping, shouldDehydrateMutation: () => false })
  if (state.queries.length === 0) return localStorage.removeItem(DIARY)
  // What was seen is good as such, though the last try to refresh it may have failed.
  for (const query of state.queries) query.state = { ...query.state, status: 'success', error: null, fetchFailureCount: 0, fetchFailureReason: null }
  state.queries.sort((a, b) => b.state.dataUpdatedAt - a.state.dataUpdatedAt).splice(MOST)
  write(DIARY, { owner, at: Date.now(), value: state })
}

function isRefusal(reason: unknown): boolean {
  const { kind } = asProblem(reason)
  return kind === 'forbidden' || kind === 'notFound'
}

/** From now on what the diary shows is kept, a moment after it came. */
export function keepSeen(client: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || !KINDS.has((event.query as Query).queryKey[0])) return
    const { type } = event.action
    // A refused one drops out: whose access was taken back does not find it again.
    if (type !== 'success' && !(type === 'error' && isRefusal(event.action.error))) return
    clearTimeout(timer)
    timer = setTimeout(() => keep(client), QUIET_MS)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}
