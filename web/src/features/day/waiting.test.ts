import { expect, test } from 'vitest'

import type { TeacherDay } from '@/api/journal'

import { tasks } from './waiting'

type Wait = TeacherDay['waiting'][number]

const wait = (kind: Wait['kind'], lesson: string, book = 'algebra'): Wait => ({
  kind,
  lesson_id: lesson,
  gradebook_id: book,
  group_name: '7А',
  subject: 'Алгебра',
  day: '2026-11-24',
  starts_at: '10:20',
})

test('a lesson that lacks two things is one line, in the place of its first', () => {
  const found = tasks([wait('topic', 'one'), wait('homework', 'one'), wait('homework', 'two')])
  expect(found.map((task) => [task.lesson_id, task.want])).toEqual([
    ['one', 'both'],
    ['two', 'homework'],
  ])
})

test('journals without enough marks stay apart, though they name no lesson', () => {
  expect(tasks([wait('density', '', 'algebra'), wait('density', '', 'geometry')])).toHaveLength(2)
})
