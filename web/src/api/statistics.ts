import { call } from './client'

export interface Totals {
  lessons: number
  described: number
  homework: number
  marks: number
  attendance: number
  acknowledgements: number
  messages: number
  item_openings: number
  sessions: number
}

export interface WeekFigures {
  week: string
  lessons: number
  described: number
  marks: number
  homework: number
}

export interface TeacherStatistics {
  first_day: string
  last_day: string
  updated_at_ms: number
  totals: Totals
  weeks: WeekFigures[]
  gradebooks: { gradebook_id: string; group_name: string; subject: string; lessons: number; described: number; marks: number }[]
}

export interface TeacherFigures {
  teacher_id: string
  name: string
  lessons: number
  described: number
  described_share: number
  marks: number
  homework: number
  messages: number
  last_act_at_ms: number
}

export interface SchoolStatistics {
  first_day: string
  last_day: string
  updated_at_ms: number
  totals: Totals & { teachers_active: number; families_active: number }
  weeks: WeekFigures[]
  teachers: TeacherFigures[]
}

export type Indicator = 'marks' | 'attendance' | 'topics' | 'homework' | 'unfilled'

export interface LessonBehind {
  lesson_id: string
  gradebook_id: string
  day: string
  number: number
  group_name: string
  subject: string
  teacher_name: string
  marks: number
  attendance: number
  has_topic: boolean
  has_homework: boolean
}

export interface Range {
  first_day?: string
  last_day?: string
}

export const getTeacherStatistics = (range: Range) =>
  call<TeacherStatistics>('GET', '/statistics/teacher', { query: { ...range } })
export const getSchoolStatistics = (range: Range) =>
  call<SchoolStatistics>('GET', '/statistics/school', { query: { ...range } })
export const getLessonsBehind = (indicator: Indicator, range: Range, teacher_id = '', page_token = '') =>
  call<{ lessons: LessonBehind[]; total: number; next_page_token: string }>('GET', '/statistics/lessons', {
    query: { indicator, ...range, teacher_id, page_token },
  })
