/**
 * Writes of the journal on their way to the server. Each lives in the browser's storage under its own key until the server
 * has confirmed it, so that neither a lost network nor a closed tab loses a mark, and two tabs never overwrite each other's list.
 */
import type { AttendanceStatus, SavedAttendance, SavedMark } from '@/api/journal'
import { asProblem, type Problem } from '@/api/problem'

export interface Conflict {
  value: string
  author: string
  at: number
  version: number
}

export interface Write {
  kind: 'mark' | 'attendance'
  gradebookId: string
  lessonId: string
  studentId: string
  /** Mark, or attendance status; empty removes. */
  value: string
  minutes: number
  comment: string
}

export interface Entry extends Write {
  id: string
  expectedVersion: number
  /** Idempotency key: stays the same over every retry of this value. */
  key: string
  at: number
  state: 'waiting' | 'sending' | 'conflict' | 'refused'
  conflict?: Conflict
  reason?: string
  /** Typed while the entry was under way; goes next. */
  next?: Pick<Write, 'value' | 'minutes' | 'comment'>
}

export type Saved = ({ kind: 'mark' } & SavedMark) | ({ kind: 'attendance' } & SavedAttendance)

export interface Transport {
  mark: (entry: Entry) => Promise<SavedMark>
  attendance: (entry: Entry) => Promise<SavedAttendance>
}

export interface QueueView {
  entries: readonly Entry[]
  /** True while the last try failed for want of a network. */
  offline: boolean
  savedAt: number | null
}

const PARALLEL = 4
const RETRY_MS = [1_000, 2_000, 5_000, 10_000]

export class MarkQueue {
  private onSaved: (entry: Entry, saved: Saved) => void = () => undefined
  private readonly entries = new Map<string, Entry>()
  private readonly listeners = new Set<() => void>()
  private view: QueueView = { entries: [], offline: false, savedAt: null }
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly prefix: string,
    private readonly transport: Transport,
    private readonly storage: Storage = localStorage,
  ) {
    for (let index = 0; index < storage.length; index += 1) {
      const name = storage.key(index)
      if (name?.startsWith(prefix)) this.restore(storage.getItem(name))
    }
    this.changed()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Who puts a confirmed write into the page; one listener, the open journal. */
  listen(onSaved: (entry: Entry, saved: Saved) => void): void {
    this.onSaved = onSaved
  }

  readonly snapshot = (): QueueView => this.view

  put(write: Write, expectedVersion: number): void {
    const id = `${write.kind}:${write.lessonId}:${write.studentId}`
    const before = this.entries.get(id)
    if (before?.state === 'sending') {
      const { value, minutes, comment } = write
      this.store({ ...before, next: { value, minutes, comment } })
    } else if (before?.state === 'conflict') {
      this.store({ ...before, ...write })
    } else {
      const version = before?.expectedVersion ?? expectedVersion
      this.store({ ...write, id, expectedVersion: version, key: crypto.randomUUID(), at: Date.now(), state: 'waiting' })
    }
    this.flush()
  }

  /** The teacher's choice in a conflict: the own value over the stored one. */
  insist(id: string): void {
    const entry = this.entries.get(id)
    if (!entry?.conflict) return
    const { conflict, ...rest } = entry
    this.store({ ...rest, expectedVersion: conflict.version, key: crypto.randomUUID(), state: 'waiting' })
    this.flush()
  }

  /** Gives an entry up: what the server has stays. */
  drop(id: string): void {
    this.entries.delete(id)
    this.storage.removeItem(this.prefix + id)
    this.changed()
  }

  /** Tries again now; called when the network is back. */
  readonly wake = (): void => {
    clearTimeout(this.timer)
    this.timer = undefined
    this.flush()
  }

  flush(): void {
    if (this.timer !== undefined) return
    const all = [...this.entries.values()]
    let free = PARALLEL - all.filter((entry) => entry.state === 'sending').length
    for (const entry of all) {
      if (free <= 0) return
      if (entry.state !== 'waiting') continue
      free -= 1
      void this.send(entry)
    }
  }

  private async send(entry: Entry): Promise<void> {
    this.store({ ...entry, state: 'sending' })
    try {
      const saved: Saved =
        entry.kind === 'mark'
          ? { kind: 'mark', ...(await this.transport.mark(entry)) }
          : { kind: 'attendance', ...(await this.transport.attendance(entry)) }
      this.failures = 0
      this.settle(entry.id, saved)
    } catch (reason) {
      this.fail(entry.id, asProblem(reason))
    }
    this.flush()
  }

  private settle(id: string, saved: Saved): void {
    const entry = this.entries.get(id)
    if (!entry) return
    this.onSaved(entry, saved)
    this.view = { ...this.view, savedAt: saved.changed_at_ms, offline: false }
    if (!entry.next) {
      this.drop(id)
      return
    }
    const { next, ...rest } = entry
    this.store({ ...rest, ...next, expectedVersion: saved.version, key: crypto.randomUUID(), state: 'waiting' })
  }

  private fail(id: string, problem: Problem): void {
    const found = this.entries.get(id)
    if (!found) return
    const { next, ...entry } = found
    // What was typed last is what the teacher wants; a changed value needs a key of its own.
    const latest = next ? { ...entry, ...next, key: crypto.randomUUID() } : entry
    if (problem.kind === 'offline' || problem.kind === 'busy') {
      this.store({ ...latest, state: 'waiting' })
      this.later(problem.kind === 'offline')
    } else if (conflictCodes.has(problem.code)) {
      this.store({ ...latest, state: 'conflict', conflict: conflictOf(problem) })
    } else {
      this.store({ ...latest, state: 'refused', reason: problem.code })
    }
  }

  private later(offline: boolean): void {
    const delay = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)] ?? 10_000
    this.failures += 1
    this.view = { ...this.view, offline }
    this.timer ??= setTimeout(this.wake, delay)
    this.changed()
  }

  private store(entry: Entry): void {
    this.entries.set(entry.id, entry)
    this.storage.setItem(this.prefix + entry.id, JSON.stringify(entry))
    this.changed()
  }

  private restore(text: string | null): void {
    if (!text) return
    const entry = JSON.parse(text) as Entry
    this.entries.set(entry.id, entry.state === 'sending' ? { ...entry, state: 'waiting' } : entry)
  }

  private changed(): void {
    this.view = { ...this.view, entries: [...this.entries.values()] }
    for (const listener of this.listeners) listener()
  }
}

const conflictCodes = new Set(['journal.MARK_CHANGED', 'journal.ATTENDANCE_CHANGED'])

function conflictOf(problem: Problem): Conflict {
  const params = (problem.document.params ?? {}) as Record<string, string | number | undefined>
  return {
    value: String(params.current_value ?? ''),
    author: String(params.current_author ?? ''),
    at: Number(params.current_at_ms ?? 0),
    version: Number(params.current_version ?? 0),
  }
}

export function asStatus(value: string): AttendanceStatus {
  return (value || 'PRESENT') as AttendanceStatus
}
