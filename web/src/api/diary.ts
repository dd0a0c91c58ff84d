/** Diary as the family sees it. */
import { body, http, type Schema } from './client'

export type DiaryMark = Schema<'DiaryMark'>
export type DiaryLesson = Schema<'DiaryLesson'>
export type DiaryWeek = Schema<'DiaryWeek'>
export type SubjectMarks = Schema<'SubjectMarks'>
export type StudentMarks = Schema<'StudentMarks'>

export const getWeek = (student_id: string, date?: string) =>
  body(http.GET('/api/v1/students/{student_id}/diary', { params: { path: { student_id }, query: date ? { date } : {} } }))
export const getMarks = (student_id: string, period_id?: string) =>
  body(http.GET('/api/v1/students/{student_id}/marks', { params: { path: { student_id }, query: period_id ? { period_id } : {} } }))
export const acknowledge = (student_id: string, week: string) =>
  body(http.POST('/api/v1/students/{student_id}/diary/acknowledgements', { params: { path: { student_id } }, body: { week } }))

export type ClassAcknowledgements = Schema<'ClassAcknowledgements'>

export const getClassAcknowledgements = (group_id: string, date?: string) =>
  body(http.GET('/api/v1/groups/{group_id}/acknowledgements', { params: { path: { group_id }, query: date ? { date } : {} } }))
