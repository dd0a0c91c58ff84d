import { afterEach, expect, test, vi } from 'vitest'

import { enterRole, type Session } from '@/api/session'

import { SEEN } from './seen'
import { isChangingRole, switchRole } from './signing'

const role = (id: string) => ({ authenticated: true, person: { id: 'anna' }, role: { id } }) as unknown as Session

vi.mock('@/api/session', async (original) => ({ ...(await original<object>()), enterRole: vi.fn() }))

afterEach(() => localStorage.clear())

test('a refused role leaves the page as it is', async () => {
  vi.mocked(enterRole).mockRejectedValueOnce(new Error('refused'))
  const startAnew = vi.fn()
  await expect(switchRole('teacher', startAnew)).rejects.toThrow('refused')
  expect(startAnew).not.toHaveBeenCalled()
  expect(isChangingRole()).toBe(false)
})

test('another role starts the page anew, without what the device kept of the former one', async () => {
  localStorage.setItem(`${SEEN}.diary`, JSON.stringify({ owner: 'anna guardian', at: Date.now(), value: {} }))
  vi.mocked(enterRole).mockResolvedValueOnce(role('teacher'))
  const startAnew = vi.fn(() => expect(localStorage.getItem(`${SEEN}.diary`)).toBeNull())
  await switchRole('teacher', startAnew)
  expect(startAnew).toHaveBeenCalledOnce()
  // Until the new page is there, the old one asks for nothing in a role it does not know.
  expect(isChangingRole()).toBe(true)
})
