import type { GradebookLesson } from '@/api/journal'

export interface Month {
  key: string
  /** First lesson day of the month that is shown. */
  day: string
  count: number
}

/** Neighbouring lessons of one month, for the line above the days. */
export function monthsOf(lessons: readonly GradebookLesson[]): Month[] {
  const months: Month[] = []
  for (const lesson of lessons) {
    const key = lesson.day.slice(0, 7)
    const last = months[months.length - 1]
    if (last?.key === key) last.count += 1
    else months.push({ key, day: lesson.day, count: 1 })
  }
  return months
}
