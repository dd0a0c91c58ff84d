/** Signing in again while calls wait: who may go on, and in which role. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { enterRole, getSession, type Session } from '@/api/session'
import { signIn } from '@/api/signin'

import { queryClient } from './query-client'
import { sessionQuery } from './session'
import { back } from './signing'

vi.mock('@/api/session', async (original) => ({ ...(await original<object>()), getSession: vi.fn(), enterRole: vi.fn() }))

const session = (person: string, role: string | null) =>
  ({ authenticated: true, person: { id: person, display_name: '' }, role: role && { id: role }, roles: [] }) as unknown as Session
const nobody = { authenticated: false, person: null, role: null } as unknown as Session

const replace = vi.fn()
let sent: string[] = []

/** A mark that was answered «no session» and waits. */
function typed(): void {
  void signIn.needed().then(() => sent.push('mark'))
}

beforeEach(() => {
  sent = []
  replace.mockReset()
  vi.mocked(enterRole).mockReset()
  vi.stubGlobal('location', { replace })
  queryClient.setQueryData(sessionQuery.queryKey, session('anna', 'teacher'))
})
afterEach(() => {
  signIn.resume()
  vi.unstubAllGlobals()
})

test('the same person goes on in the role that was left, and only then is the waiting mark sent', async () => {
  typed()
  vi.mocked(getSession).mockResolvedValue(session('anna', null))
  vi.mocked(enterRole).mockImplementation((role) => {
    expect(sent).toEqual([])
    return Promise.resolve(session('anna', role))
  })
  await back()
  await Promise.resolve()
  expect(enterRole).toHaveBeenCalledWith('teacher')
  expect(sent).toEqual(['mark'])
  expect(queryClient.getQueryData(sessionQuery.queryKey)?.role?.id).toBe('teacher')
})

test('nothing of the first person is sent as another one: the page starts anew', async () => {
  typed()
  vi.mocked(getSession).mockResolvedValue(session('boris', 'father'))
  await back()
  await Promise.resolve()
  expect(sent).toEqual([])
  expect(replace).toHaveBeenCalledWith('/')
})

test('nobody yet: the page goes on waiting', async () => {
  typed()
  vi.mocked(getSession).mockResolvedValue(nobody)
  await back()
  await Promise.resolve()
  expect(sent).toEqual([])
  expect(signIn.wanted).toBe(true)
})
