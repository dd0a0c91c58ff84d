import { QueryClient } from '@tanstack/react-query'
import { beforeEach, expect, test, vi } from 'vitest'

import { Problem } from '@/api/problem'
import type { Session } from '@/api/session'

import { forgetSeen, keepSeen, openSeen, restoreSeen, SEEN } from './seen'

const session = (person: string, role: string) =>
  ({ authenticated: true, person: { id: person, display_name: '' }, role: { id: role }, server_time: 1 }) as unknown as Session

const anna = session('anna', 'mother')
const stored = () => Object.keys(localStorage).filter((key) => key.startsWith(SEEN))

/** A page on which `who` has looked at one week. */
function looked(who: Session): void {
  const client = new QueryClient()
  openSeen(client, who)
  const stop = keepSeen(client)
  client.setQueryData(['diary', 'child', ''], { mark: 5 })
  client.setQueryData(['messages', 'chat'], { body: 'private' })
  vi.advanceTimersByTime(1_000)
  stop()
}

/** What a page opened anew by `who` has at hand. */
function reopened(who: Session): QueryClient {
  const client = new QueryClient()
  openSeen(client, who)
  return client
}

beforeEach(() => {
  localStorage.clear()
  vi.useFakeTimers()
})

test('the same person in the same role finds the diary and its age again, and nothing else was kept', () => {
  const at = Date.now()
  looked(anna)
  vi.advanceTimersByTime(60_000)
  const client = reopened(anna)
  expect(client.getQueryData(['diary', 'child', ''])).toEqual({ mark: 5 })
  expect(client.getQueryState(['diary', 'child', ''])?.dataUpdatedAt).toBe(at)
  expect(JSON.stringify(localStorage)).not.toContain('private')
})

test.each([
  ['another person', session('boris', 'father')],
  ['another role', session('anna', 'teacher')],
  ['nobody', { authenticated: false, person: null, role: null } as unknown as Session],
])('%s finds nothing', (_, who) => {
  looked(anna)
  expect(reopened(who).getQueryData(['diary', 'child', ''])).toBeUndefined()
  expect(JSON.stringify(localStorage)).not.toContain('mark')
})

test('after a sign-out nothing is left, and a late answer is not kept again', () => {
  const client = new QueryClient()
  openSeen(client, anna)
  const stop = keepSeen(client)
  client.setQueryData(['diary', 'child', ''], { mark: 5 })
  forgetSeen()
  vi.advanceTimersByTime(1_000)
  stop()
  expect(stored()).toEqual([])
  expect(restoreSeen(new QueryClient())).toBeNull()
})

test('without a network the last person is known for a week, by the clock of the device', () => {
  looked(anna)
  const client = new QueryClient()
  expect(restoreSeen(client)).toMatchObject({ person: { id: 'anna' }, server_time: Date.now() })
  expect(client.getQueryData(['diary', 'child', ''])).toEqual({ mark: 5 })
  vi.advanceTimersByTime(4 * 24 * 3600_000)
  expect(restoreSeen(client)).not.toBeNull()
  vi.advanceTimersByTime(4 * 24 * 3600_000)
  expect(restoreSeen(client)).toBeNull()
})

test('a full device keeps working', () => {
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  expect(() => looked(anna)).not.toThrow()
  full.mockRestore()
})

test('what the server refuses now is not found again; a lost network takes nothing away', async () => {
  looked(anna)
  const client = reopened(anna)
  const stop = keepSeen(client)
  const ask = (status: number) =>
    client
      .query({ queryKey: ['diary', 'child', ''], queryFn: () => Promise.reject(new Problem(status, {})), retry: false, staleTime: 0, networkMode: 'always' })
      .catch(() => undefined)
  await ask(0)
  vi.advanceTimersByTime(1_000)
  expect(reopened(anna).getQueryState(['diary', 'child', ''])).toMatchObject({ data: { mark: 5 }, status: 'success', error: null })
  await ask(404)
  vi.advanceTimersByTime(1_000)
  stop()
  expect(reopened(anna).getQueryData(['diary', 'child', ''])).toBeUndefined()
})
