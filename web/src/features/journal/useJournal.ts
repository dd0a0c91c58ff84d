import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'

import { saveAttendance, saveMark, type AttendanceStatus, type GradebookPage } from '@/api/journal'
import { useSession } from '@/app/session'

import { rowsOf, type Cell, type Row } from './cells'
import { asStatus, MarkQueue, type Entry, type QueueView, type Saved } from './queue'
import { withSaved } from './saved'

const queues = new Map<string, MarkQueue>()

function queueOf(person: string): MarkQueue {
  let queue = queues.get(person)
  if (!queue) {
    queue = new MarkQueue(`myschool.queue.${person}.`, {
      mark: (entry) =>
        saveMark(
          entry.lessonId,
          entry.studentId,
          { value: entry.value, expected_version: entry.expectedVersion, comment: entry.comment },
          entry.key,
        ),
      attendance: (entry) =>
        saveAttendance(
          entry.lessonId,
          entry.studentId,
          { status: asStatus(entry.value), minutes_late: entry.minutes, expected_version: entry.expectedVersion },
          entry.key,
        ),
    })
    queues.set(person, queue)
  }
  return queue
}

export interface CellPlace {
  row: number
  column: number
}

export interface Journal {
  rows: Row[]
  view: QueueView
  setMark: (place: CellPlace, value: string, comment?: string) => void
  setAttendance: (place: CellPlace, status: AttendanceStatus, minutes?: number) => void
  clear: (place: CellPlace) => void
  /** Takes the last change back; returns where it was. */
  undo: () => CellPlace | null
  /** Where the last change was, for as long as it is offered to be taken back. */
  recent: CellPlace | null
  insist: (entry: Entry) => void
  drop: (entry: Entry) => void
}

interface CellPart {
  mark?: string
  attendance?: AttendanceStatus
  minutes?: number
  comment?: string
}

type Change = Pick<Entry, 'kind' | 'value' | 'minutes' | 'comment'>

/** What has to be written, with the version each write builds on; nothing for what stays as it is. */
function changesOf(cell: Cell, part: CellPart): [Change, number][] {
  const changes: [Change, number][] = []
  const { mark, attendance, minutes = 0, comment = '' } = part
  if (mark !== undefined && mark !== cell.mark) changes.push([{ kind: 'mark', value: mark, minutes: 0, comment }, cell.markVersion])
  if (attendance !== undefined && (attendance !== cell.attendance || minutes !== cell.minutes)) {
    changes.push([{ kind: 'attendance', value: attendance, minutes, comment: '' }, cell.attendanceVersion])
  }
  return changes
}

/** The class page with the teacher's own unsaved writes on it, and the acts on its cells. */
export function useJournal(page: GradebookPage): Journal {
  const client = useQueryClient()
  const person = useSession().person?.id ?? ''
  const queue = queueOf(person)
  const view = useSyncExternalStore(queue.subscribe, queue.snapshot)
  const rows = useMemo(() => rowsOf(page, view.entries), [page, view.entries])
  const past = useRef<{ place: CellPlace; cell: Cell }[]>([])
  const [recent, setRecent] = useRecent()

  useEffect(() => {
    queue.listen((entry, saved: Saved) => {
      // An answer that was asked for before this write must not bring the old value back.
      void client.cancelQueries({ queryKey: ['gradebook', entry.gradebookId] })
      client.setQueriesData<GradebookPage>({ queryKey: ['gradebook', entry.gradebookId] }, (data) =>
        data ? withSaved(data, entry, saved) : data,
      )
    })
    queue.flush()
    window.addEventListener('online', queue.wake)
    return () => window.removeEventListener('online', queue.wake)
  }, [queue, client])

  const latest = useRef({ page, rows })
  useEffect(() => {
    latest.current = { page, rows }
  }, [page, rows])

  const write = useCallback(
    (place: CellPlace, part: CellPart): Cell | null => {
      const { page: now, rows: nowRows } = latest.current
      const lesson = now.lessons[place.column]
      const row = nowRows[place.row]
      const cell = row?.cells[place.column]
      if (!lesson || !row || !cell) return null
      const base = { gradebookId: now.gradebook.id, lessonId: lesson.id, studentId: row.student.id }
      const changes = changesOf(cell, part)
      for (const [change, version] of changes) queue.put({ ...base, ...change }, version)
      return changes.length > 0 ? cell : null
    },
    [queue],
  )

  const act = useCallback(
    (place: CellPlace, part: CellPart) => {
      const cell = write(place, part)
      if (!cell) return
      past.current.push({ place, cell })
      setRecent(place)
    },
    [write, setRecent],
  )

  return useMemo(
    () => ({
      rows,
      view,
      recent,
      setMark: (place, value, comment) => act(place, { mark: value, ...(comment ? { comment } : {}) }),
      setAttendance: (place, status, minutes = 0) => act(place, { attendance: status, minutes }),
      clear: (place) => act(place, { mark: '', attendance: 'PRESENT' }),
      undo: () => {
        const last = past.current.pop()
        setRecent(null)
        if (!last) return null
        const { mark, attendance, minutes } = last.cell
        write(last.place, { mark, attendance, minutes })
        return last.place
      },
      insist: (entry) => queue.insist(entry.id),
      drop: (entry) => {
        queue.drop(entry.id)
        void client.invalidateQueries({ queryKey: ['gradebook', entry.gradebookId] })
      },
    }),
    [rows, view, recent, queue, client, write, act, setRecent],
  )
}

const OFFERED_MS = 10_000

/** The place of the last change, forgotten after ten seconds without another one. */
function useRecent(): [CellPlace | null, (place: CellPlace | null) => void] {
  const [recent, setRecent] = useState<CellPlace | null>(null)
  useEffect(() => {
    if (!recent) return undefined
    const timer = setTimeout(() => setRecent(null), OFFERED_MS)
    return () => clearTimeout(timer)
  }, [recent])
  return [recent, setRecent]
}
