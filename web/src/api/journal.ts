/** Journal as the teacher sees it. Days are ISO dates of the school, `*_ms` are epoch milliseconds UTC. */
import { body, http, withKey, type Schema } from './client'

export type AttendanceStatus = Schema<'AttendanceCell'>['status']
export type WorkType = Schema<'Lesson'>['work_type']
export type GradebookSummary = Schema<'GradebookBrief'>
export type GradebookLesson = Schema<'PageLesson'>
export type GradebookStudent = Schema<'PageStudent'>
export type GradebookPage = Schema<'GradebookPage'>
export type Period = Schema<'Period'>
export type AttachedItem = Schema<'AttachedItem'>
export type Lesson = Schema<'Lesson'>
export type DayLesson = Schema<'DayLesson'>
export type TeacherDay = Schema<'TeacherDay'>
export type SavedMark = Omit<Schema<'MarkCell'>, 'lesson_id' | 'student_id'>
export type SavedAttendance = Omit<Schema<'AttendanceCell'>, 'lesson_id' | 'student_id'>

/** A page of the list, the caller's own ones first; `q` are beginnings of words. */
export const getGradebooks = (page_token = '', q = '', page_size = 100) =>
  body(http.GET('/api/v1/gradebooks', { params: { query: { q, page_size, page_token } } }))
/** The client's types widen the tuples of the cells to plain lists; the answer is what the schema says. */
export const getGradebook = (gradebook_id: string, period_id?: string) =>
  body(
    http.GET('/api/v1/gradebooks/{gradebook_id}', { params: { path: { gradebook_id }, query: period_id ? { period_id } : {} } }),
  ) as Promise<GradebookPage>
export const getLesson = (lesson_id: string) => body(http.GET('/api/v1/lessons/{lesson_id}', { params: { path: { lesson_id } } }))
export const getDay = (date?: string) => body(http.GET('/api/v1/day', { params: { query: date ? { date } : {} } }))

export const saveLesson = (lesson_id: string, lesson: Schema<'UpdateLesson'>) =>
  body(http.PATCH('/api/v1/lessons/{lesson_id}', { params: { path: { lesson_id } }, body: lesson }))

export const saveHomework = (lesson_id: string, homework: Schema<'AssignHomework'>) =>
  body(http.PUT('/api/v1/lessons/{lesson_id}/homework', { params: { path: { lesson_id } }, body: homework }))

export const saveMark = (lesson_id: string, student_id: string, mark: Schema<'SetMark'>, key: string) =>
  body(
    http.PUT('/api/v1/lessons/{lesson_id}/marks/{student_id}', {
      params: { path: { lesson_id, student_id }, ...withKey(key) },
      body: mark,
    }),
  )

export const saveAttendance = (lesson_id: string, student_id: string, attendance: Schema<'SetAttendance'>, key: string) =>
  body(
    http.PUT('/api/v1/lessons/{lesson_id}/attendance/{student_id}', {
      params: { path: { lesson_id, student_id }, ...withKey(key) },
      body: attendance,
    }),
  )

export const getHistory = (lesson_id: string, student_id: string) =>
  body(http.GET('/api/v1/lessons/{lesson_id}/marks/{student_id}/history', { params: { path: { lesson_id, student_id } } }))
