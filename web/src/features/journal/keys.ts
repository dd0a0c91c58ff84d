/** The keyboard of the journal: what each key does in a cell. */
import type { AttendanceStatus } from '@/api/journal'

export type KeyAct =
  | { act: 'mark'; value: string }
  | { act: 'attendance'; status: AttendanceStatus }
  | { act: 'move'; rows: number; columns: number }
  | { act: 'edge'; column: 'first' | 'last'; row: 'same' | 'first' | 'last' }
  | { act: 'clear' }
  | { act: 'undo' }
  | { act: 'details' }
  | { act: 'leave' }

const statuses: Record<string, AttendanceStatus> = {
  н: 'ABSENT',
  б: 'ILL',
  у: 'EXCUSED',
  о: 'LATE',
  д: 'ONLINE',
  з: 'EXEMPT',
}

/** The same physical keys when the Latin layout is on, so that nobody has to switch it. */
const physical: Record<string, string> = { KeyY: 'н', Comma: 'б', KeyE: 'у', KeyJ: 'о', KeyL: 'д', KeyP: 'з' }

const moves: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-10, 0],
  PageDown: [10, 0],
}

interface KeyPress {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
}

const fixed: Record<string, KeyAct> = {
  Delete: { act: 'clear' },
  Backspace: { act: 'clear' },
  ' ': { act: 'details' },
  F2: { act: 'details' },
  Escape: { act: 'leave' },
  Home: { act: 'edge', column: 'first', row: 'same' },
  End: { act: 'edge', column: 'last', row: 'same' },
}

const commands: Record<string, KeyAct> = {
  KeyZ: { act: 'undo' },
  Home: { act: 'edge', column: 'first', row: 'first' },
  End: { act: 'edge', column: 'last', row: 'last' },
}

export function keyAct(press: KeyPress): KeyAct | null {
  const { key, code } = press
  if (press.altKey) return null
  if (press.ctrlKey || press.metaKey) return commands[code] ?? null
  if (key === 'Enter') return { act: 'move', rows: press.shiftKey ? -1 : 1, columns: 0 }
  if (/^[1-5]$/.test(key)) return { act: 'mark', value: key }
  const move = moves[key]
  if (move) return { act: 'move', rows: move[0], columns: move[1] }
  return fixed[key] ?? statusAct(key, code)
}

function statusAct(key: string, code: string): KeyAct | null {
  const status = statuses[key.toLowerCase()] ?? statuses[physical[code] ?? '']
  return status ? { act: 'attendance', status } : null
}
