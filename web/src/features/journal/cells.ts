/** What a journal cell shows: the server's facts with the writes that are still on their way laid over them. */
import type { AttendanceStatus, GradebookPage, GradebookStudent } from '@/api/journal'

import type { Entry } from './queue'

export type CellState = '' | 'waiting' | 'sending' | 'conflict' | 'refused'

export interface Cell {
  mark: string
  markVersion: number
  attendance: AttendanceStatus
  minutes: number
  attendanceVersion: number
  state: CellState
}

export interface Row {
  student: GradebookStudent
  cells: Cell[]
  average: number | null
  missed: number
  /** Changes exactly when something visible in the row changes. */
  signature: string
}

const EMPTY: Cell = { mark: '', markVersion: 0, attendance: 'PRESENT', minutes: 0, attendanceVersion: 0, state: '' }
const MISSED: readonly AttendanceStatus[] = ['ABSENT', 'ILL', 'EXCUSED']

export function rowsOf(page: GradebookPage, entries: readonly Entry[]): Row[] {
  const grid = page.students.map(() => page.lessons.map(() => EMPTY))
  for (const [student, lesson, mark, markVersion] of page.marks) {
    change(grid, student, lesson, { mark, markVersion })
  }
  for (const [student, lesson, attendance, minutes, attendanceVersion] of page.attendance) {
    change(grid, student, lesson, { attendance, minutes, attendanceVersion })
  }
  const touched = overlay(page, grid, entries)
  return page.students.map((student, index) => {
    const cells = grid[index] ?? []
    const average = touched.has(index) ? averageOf(page, cells) : (page.averages[index] ?? null)
    const missed = cells.filter((cell) => MISSED.includes(cell.attendance)).length
    return { student, cells, average, missed, signature: signatureOf(cells, average) }
  })
}

function change(grid: Cell[][], student: number, lesson: number, part: Partial<Cell>): void {
  const row = grid[student]
  const cell = row?.[lesson]
  if (row && cell) row[lesson] = { ...cell, ...part }
}

/** Lays waiting writes over the facts; returns the rows whose marks they change. */
function overlay(page: GradebookPage, grid: Cell[][], entries: readonly Entry[]): Set<number> {
  const touched = new Set<number>()
  if (entries.length === 0) return touched
  const students = new Map(page.students.map((student, index) => [student.id, index]))
  const lessons = new Map(page.lessons.map((lesson, index) => [lesson.id, index]))
  for (const entry of entries) {
    const student = students.get(entry.studentId)
    const lesson = lessons.get(entry.lessonId)
    if (student === undefined || lesson === undefined) continue
    change(grid, student, lesson, shown(entry))
    if (entry.kind === 'mark') touched.add(student)
  }
  return touched
}

/** A conflict shows what is stored, every other waiting write shows what the teacher typed. */
function shown(entry: Entry): Partial<Cell> {
  const value = entry.state === 'conflict' ? (entry.conflict?.value ?? entry.value) : entry.value
  if (entry.kind === 'mark') return { mark: value, state: entry.state }
  return { attendance: (value || 'PRESENT') as AttendanceStatus, minutes: entry.minutes, state: entry.state }
}

export function averageOf(page: GradebookPage, cells: readonly Cell[]): number | null {
  let sum = 0
  let weights = 0
  cells.forEach((cell, index) => {
    if (!cell.mark) return
    const weight = page.lessons[index]?.weight || 1
    sum += Number(cell.mark) * weight
    weights += weight
  })
  return weights === 0 ? null : sum / weights
}

function signatureOf(cells: readonly Cell[], average: number | null): string {
  return `${average ?? ''}|${cells.map((cell) => `${cell.mark}${cell.attendance}${cell.minutes}${cell.state}`).join(',')}`
}

/** How many marks stand in today's lessons. */
export function markedToday(page: GradebookPage, rows: readonly Row[]): number {
  const columns = page.lessons.flatMap((lesson, column) => (lesson.day === page.today ? [column] : []))
  return rows.reduce((sum, row) => sum + columns.filter((column) => row.cells[column]?.mark).length, 0)
}

/** Which colour an average has: that of the mark it rounds to. */
export function markTone(value: number): '5' | '4' | '3' | '2' {
  if (value >= 4.5) return '5'
  if (value >= 3.5) return '4'
  return value >= 2.5 ? '3' : '2'
}

/** The lesson the page opens on: today's, else the last one before today, else the first. */
export function presentLesson(page: GradebookPage): number {
  let found = 0
  page.lessons.forEach((lesson, index) => {
    if (lesson.day <= page.today) found = index
  })
  return found
}
