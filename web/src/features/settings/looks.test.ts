import { expect, test } from 'vitest'

import type { Look } from '@/api/privacy'

import { byDay } from './looks'

const look = (at_ms: number, what = 'gradebook.page', reader_name = 'A'): Look => ({
  at_ms,
  reader_name,
  role_type: 'TEACHER',
  what,
  together: true,
  permission: '',
  service: 'journal',
})
const dayOf = (ms: number) => `2026-11-${String(20 + Math.floor(ms / 100))}`

test('looks of one person at one thing within a day are one line with their times', () => {
  const days = byDay([look(120), look(110), look(101, 'diary.week'), look(100), look(50)], dayOf)
  expect(days.map(({ day, groups }) => [day, groups.map((group) => group.times)])).toEqual([
    ['2026-11-21', [[120, 110, 100], [101]]],
    ['2026-11-20', [[50]]],
  ])
})

test('two people, and one in two roles, stay apart', () => {
  const days = byDay([look(3), look(2, 'gradebook.page', 'B'), { ...look(1), role_type: 'HEAD' }], dayOf)
  expect(days[0]?.groups.map(({ look: one }) => [one.reader_name, one.role_type])).toEqual([
    ['A', 'TEACHER'],
    ['B', 'TEACHER'],
    ['A', 'HEAD'],
  ])
})

test('nothing is nothing', () => {
  expect(byDay([], dayOf)).toEqual([])
})
