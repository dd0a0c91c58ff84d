import { expect, test } from 'vitest'

import type { GradebookPage } from '@/api/journal'

import { presentLesson, rowsOf } from './cells'
import type { Entry } from './queue'
import { withSaved } from './saved'

const lesson = (id: string, day: string, weight = 1) => ({
  id, day, weight, number: 1, starts_at: '', ends_at: '', room: '', topic: '', work_type: '' as const, version: 1, has_homework: false,
})

const page: GradebookPage = {
  gradebook: { id: 'g', group_id: '', group_name: '7А', subject: 'Алгебра', teachers: [] },
  period: { id: 'p', name: '', first_day: '', last_day: '' },
  periods: [],
  today: '2026-11-24',
  lessons: [lesson('l0', '2026-11-23'), lesson('l1', '2026-11-24', 2), lesson('l2', '2026-11-25')],
  students: [
    { id: 's0', name: 'Абрамова Алиса', full_name: '' },
    { id: 's1', name: 'Белов Тимур', full_name: '' },
  ],
  marks: [[0, 0, '5', 1]],
  attendance: [[1, 0, 'ABSENT', 0, 3]],
  averages: [5, null],
}

const entry: Entry = {
  id: 'mark:l1:s0', kind: 'mark', gradebookId: 'g', lessonId: 'l1', studentId: 's0', value: '2', minutes: 0, comment: '', expectedVersion: 0, key: '', at: 0, state: 'waiting',
}

test('facts stand in their cells with their versions', () => {
  const rows = rowsOf(page, [])
  expect(rows[0]?.cells[0]).toMatchObject({ mark: '5', markVersion: 1, state: '' })
  expect(rows[1]?.cells[0]).toMatchObject({ mark: '', attendance: 'ABSENT', attendanceVersion: 3 })
  expect(rows[1]).toMatchObject({ average: null, missed: 1 })
})

test('a waiting mark is shown at once, counts in the weighted average and changes only its row', () => {
  const before = rowsOf(page, [])
  const rows = rowsOf(page, [entry])
  expect(rows[0]?.cells[1]).toMatchObject({ mark: '2', state: 'waiting' })
  expect(rows[0]?.average).toBe((5 + 2 * 2) / 3)
  expect(rows[0]?.signature).not.toBe(before[0]?.signature)
  expect(rows[1]?.signature).toBe(before[1]?.signature)
})

test('a conflict shows what is stored, not what was typed', () => {
  const conflict = { value: '4', author: '', at: 0, version: 7 }
  expect(rowsOf(page, [{ ...entry, state: 'conflict', conflict }])[0]?.cells[1]).toMatchObject({ mark: '4', state: 'conflict' })
})

test('an entry of a pupil who left the class is no reason to fail', () => {
  expect(rowsOf(page, [{ ...entry, studentId: 'gone' }])).toHaveLength(2)
})

test('a confirmed mark replaces the old one and brings the new average', () => {
  const saved = { kind: 'mark' as const, value: '2', version: 1, author_name: '', changed_at_ms: 0, average: 3 }
  const next = withSaved(page, entry, saved)
  expect(next.marks).toContainEqual([0, 1, '2', 1])
  expect(next.averages).toEqual([3, null])
  expect(withSaved(next, entry, { ...saved, version: 2, value: '' }).marks.filter(([row, column]) => row === 0 && column === 1)).toEqual([[0, 1, '', 2]])
})

test('the page opens on the last lesson that is not in the future', () => {
  expect(presentLesson(page)).toBe(1)
})
