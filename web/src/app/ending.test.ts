import { describe, expect, it } from 'vitest'

import type { Session } from '@/api/session'

import { clockOf, endingOf } from './ending'

const session = { expires_at: 1_000_000, ends_at: 9_000_000, server_time: 700_000 } as Session

describe('the end of a session', () => {
  it('comes nearer with the page’s own clock, whatever that clock says', () => {
    expect(endingOf(session, 5, 5).left).toBe(300_000)
    expect(endingOf(session, 5, 200_005).left).toBe(100_000)
  })

  it('is final when the session is as old as it may get', () => {
    expect(endingOf(session, 0, 0).final).toBe(false)
    expect(endingOf({ ...session, ends_at: 1_000_500 }, 0, 0).final).toBe(true)
  })

  it('is told in minutes and seconds and never below nothing', () => {
    expect([clockOf(120_000), clockOf(64_200), clockOf(900), clockOf(-5)]).toEqual(['2:00', '1:05', '0:01', '0:00'])
  })
})
