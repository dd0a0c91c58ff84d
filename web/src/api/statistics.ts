import { body, http, type Schema } from './client'

export type Totals = Schema<'Totals'>
export type WeekFigures = Schema<'WeekFigures'>
export type TeacherStatistics = Schema<'TeacherStatistics'>
export type TeacherFigures = Schema<'TeacherFigures'>
export type SchoolStatistics = Schema<'SchoolStatistics'>
export type LessonBehind = Schema<'LessonFigures'>
export type Indicator = 'marks' | 'attendance' | 'topics' | 'homework' | 'unfilled'

export interface Range {
  first_day?: string
  last_day?: string
}

export const getTeacherStatistics = (range: Range) => body(http.GET('/api/v1/statistics/teacher', { params: { query: range } }))
export const getSchoolStatistics = (range: Range) => body(http.GET('/api/v1/statistics/school', { params: { query: range } }))
export const getLessonsBehind = (indicator: Indicator, range: Range, teacher_id = '', page_token = '') =>
  body(
    http.GET('/api/v1/statistics/lessons', {
      params: { query: { indicator, ...range, ...(teacher_id ? { teacher_id } : {}), ...(page_token ? { page_token } : {}) } },
    }),
  )
