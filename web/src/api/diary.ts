/** Diary as the family sees it. */
import { call } from './client'
import type { AttachedItem, AttendanceStatus, Period, WorkType } from './journal'

export interface DiaryMark {
  value: string
  previous_value: string
  version: number
  author: string
  at_ms: number
  comment: string
  work_type: WorkType
}

export interface DiaryLesson {
  id: string
  number: number
  starts_at: string
  ends_at: string
  subject: string
  teacher: string
  room: string
  topic: string
  mark: DiaryMark | null
  attendance: { status: AttendanceStatus; minutes_late: number } | null
  homework: { text: string; minutes: number; items: AttachedItem[] } | null
}

export interface DiaryStudent {
  id: string
  full_name: string
  name: string
  group_name: string
}

export interface DiaryWeek {
  student: DiaryStudent
  week: { monday: string; sunday: string; previous: string; next: string }
  period_name: string
  today: string
  acknowledged: { by: string; at_ms: number } | null
  days: { day: string; lessons: DiaryLesson[] }[]
}

export interface SubjectMarks {
  gradebook_id: string
  subject: string
  average: number | null
  marks: { lesson_id: string; day: string; value: string; work_type: WorkType; weight: number; topic: string }[]
  absences: number
}

export interface StudentMarks {
  student: DiaryStudent
  period: Period
  periods: Period[]
  subjects: SubjectMarks[]
}

export const getWeek = (student: string, date?: string) =>
  call<DiaryWeek>('GET', `/students/${student}/diary`, { query: { date } })
export const getMarks = (student: string, period_id?: string) =>
  call<StudentMarks>('GET', `/students/${student}/marks`, { query: { period_id } })
export const acknowledge = (student: string, week: string) =>
  call<{ acknowledged_at_ms: number }>('POST', `/students/${student}/diary/acknowledgements`, { body: { week } })
