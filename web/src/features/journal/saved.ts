import type { AttendanceStatus, GradebookPage } from '@/api/journal'

import type { Entry, Saved } from './queue'

/** The class page after the server has confirmed one write. */
export function withSaved(page: GradebookPage, entry: Entry, saved: Saved): GradebookPage {
  const student = page.students.findIndex((one) => one.id === entry.studentId)
  const lesson = page.lessons.findIndex((one) => one.id === entry.lessonId)
  if (student < 0 || lesson < 0) return page
  const elsewhere = (cell: readonly [number, number, ...unknown[]]) => cell[0] !== student || cell[1] !== lesson
  if (saved.kind === 'attendance') {
    const cell: [number, number, AttendanceStatus, number, number] = [
      student,
      lesson,
      saved.status,
      saved.minutes_late,
      saved.version,
    ]
    return { ...page, attendance: [...page.attendance.filter(elsewhere), cell] }
  }
  const mark: [number, number, string, number] = [student, lesson, saved.value, saved.version]
  const averages = page.averages.map((value, index) => (index === student ? saved.average || null : value))
  return { ...page, marks: [...page.marks.filter(elsewhere), mark], averages }
}
