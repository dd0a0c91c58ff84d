import { beforeEach, describe, expect, it } from 'vitest'

import type { SignIn } from '@/api/session'

import { markSeen, seenUntil, unseen } from './signIns'

function signIn(opened_at_ms: number, current = false): SignIn {
  return { id: String(opened_at_ms), device: 'Chrome', opened_at_ms, ended_at_ms: 0, end_reason: '', current }
}

describe('sign-ins elsewhere', () => {
  beforeEach(() => localStorage.clear())

  it('of before this device knew the person are no news', () => {
    expect(seenUntil('anna', 100)).toBe(100)
    expect(unseen([signIn(50)], seenUntil('anna', 900))).toEqual([])
  })

  it('are news until they were looked at, the own one never', () => {
    markSeen('anna', 100)
    const list = [signIn(300, true), signIn(200), signIn(90)]
    expect(unseen(list, seenUntil('anna', 400)).map((one) => one.opened_at_ms)).toEqual([200])
    markSeen('anna', 200)
    expect(unseen(list, seenUntil('anna', 400))).toEqual([])
  })

  it('of one person are not those of another', () => {
    markSeen('anna', 100)
    expect(seenUntil('boris', 700)).toBe(700)
  })
})
