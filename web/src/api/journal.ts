/** Journal as the teacher sees it. Days are ISO dates of the school, `*_ms` are epoch milliseconds UTC. */
import { call } from './client'

export type AttendanceStatus = 'PRESENT' | 'LATE' | 'ABSENT' | 'EXCUSED' | 'ILL' | 'ONLINE' | 'EXEMPT'
export type WorkType = '' | 'CLASSWORK' | 'INDEPENDENT' | 'TEST' | 'PRACTICE'

export interface PersonName {
  id: string
  name: string
}

export interface GradebookSummary {
  id: string
  group_id: string
  group_name: string
  grade: number
  subject: string
  students: number
  homeroom: boolean
  teachers: PersonName[]
  next_lesson: { id: string; day: string; number: number; starts_at: string } | null
}

export interface Period {
  id: string
  name: string
  first_day: string
  last_day: string
}

export interface GradebookLesson {
  id: string
  day: string
  number: number
  starts_at: string
  ends_at: string
  room: string
  topic: string
  work_type: WorkType
  weight: number
  version: number
  has_homework: boolean
}

export interface GradebookStudent {
  id: string
  name: string
  full_name: string
}

export interface GradebookPage {
  gradebook: { id: string; group_id: string; group_name: string; subject: string; teachers: PersonName[] }
  period: Period
  periods: Period[]
  today: string
  lessons: GradebookLesson[]
  students: GradebookStudent[]
  /** [student index, lesson index, value, version] */
  marks: [number, number, string, number][]
  /** [student index, lesson index, status, minutes late, version] */
  attendance: [number, number, AttendanceStatus, number, number][]
  averages: (number | null)[]
}

export interface AttachedItem {
  item_id: string
  title: string
}

export interface Homework {
  id: string
  lesson_id: string
  text: string
  minutes: number
  items: AttachedItem[]
  due_lesson_id: string
  due_day: string
  version: number
  author_name: string
  changed_at_ms: number
}

export interface Lesson {
  id: string
  gradebook_id: string
  group_name: string
  subject: string
  day: string
  number: number
  starts_at: string
  ends_at: string
  room: string
  topic: string
  work_type: WorkType
  version: number
  homework: Homework | null
  due: Homework | null
  next_lesson: { id: string; day: string; number: number } | null
  teacher_name: string
  load: { day: string; minutes: number }[]
}

export interface SavedMark {
  value: string
  version: number
  author_name: string
  changed_at_ms: number
  average: number
}

export interface SavedAttendance {
  status: AttendanceStatus
  minutes_late: number
  version: number
  author_name: string
  changed_at_ms: number
}

export interface CellChange {
  old_value: string
  new_value: string
  author_name: string
  at_ms: number
  comment: string
  version: number
}

export interface DayLesson {
  id: string
  gradebook_id: string
  group_name: string
  subject: string
  number: number
  starts_at: string
  ends_at: string
  room: string
  topic: string
  homework_due: string
  has_topic: boolean
  has_homework: boolean
  marks: number
  absent: number
  students: number
  state: 'past' | 'now' | 'next' | 'later'
}

export interface TeacherDay {
  date: string
  today: string
  period_name: string
  week_number: number
  lessons: DayLesson[]
  waiting: {
    kind: 'topic' | 'homework' | 'density'
    lesson_id: string
    gradebook_id: string
    group_name: string
    subject: string
    day: string
    starts_at: string
  }[]
  density: { gradebook_id: string; group_name: string; subject: string; with_enough: number; students: number }[]
}

export const getGradebooks = () => call<{ gradebooks: GradebookSummary[] }>('GET', '/gradebooks')
export const getGradebook = (id: string, period_id?: string) =>
  call<GradebookPage>('GET', `/gradebooks/${id}`, { query: { period_id } })
export const getLesson = (id: string) => call<Lesson>('GET', `/lessons/${id}`)
export const getDay = (date?: string) => call<TeacherDay>('GET', '/day', { query: { date } })

export const saveLesson = (id: string, body: { topic: string; work_type: WorkType; expected_version: number }) =>
  call<{ version: number; changed_at_ms: number }>('PATCH', `/lessons/${id}`, { body })

export interface HomeworkDraft {
  text: string
  due_lesson_id: string
  minutes: number
  items: AttachedItem[]
  expected_version: number
}

export const saveHomework = (lessonId: string, body: HomeworkDraft) =>
  call<{ version: number; changed_at_ms: number; due_day: string }>('PUT', `/lessons/${lessonId}/homework`, { body })

export const saveMark = (
  lesson: string,
  student: string,
  body: { value: string; expected_version: number; comment: string },
  key: string,
) => call<SavedMark>('PUT', `/lessons/${lesson}/marks/${student}`, { body, key })

export const saveAttendance = (
  lesson: string,
  student: string,
  body: { status: AttendanceStatus; minutes_late: number; expected_version: number },
  key: string,
) => call<SavedAttendance>('PUT', `/lessons/${lesson}/attendance/${student}`, { body, key })

export const getHistory = (lesson: string, student: string) =>
  call<{ changes: CellChange[] }>('GET', `/lessons/${lesson}/marks/${student}/history`)
