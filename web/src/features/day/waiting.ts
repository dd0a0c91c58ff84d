import type { TeacherDay } from '@/api/journal'

type Wait = TeacherDay['waiting'][number]
export type Want = Wait['kind'] | 'both'
export type Task = Omit<Wait, 'kind'> & { want: Want }

/** One line a lesson: a lesson that lacks topic and homework is opened once and filled at once. */
export function tasks(waiting: readonly Wait[]): Task[] {
  const found = new Map<string, Task>()
  for (const { kind, ...one } of waiting) {
    const key = one.lesson_id || one.gradebook_id
    found.set(key, { ...one, want: found.has(key) ? 'both' : kind })
  }
  return [...found.values()]
}
