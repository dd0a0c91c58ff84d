/** Measures of the class page and words that its parts share. */

export const COLUMN = 34
export const NAMES = 178
export const TOTAL = 64

export type GridView = 'marks' | 'attendance'

/** Which columns are drawn, and the width of those that are not. */
export interface Span {
  first: number
  last: number
  before: number
  after: number
}

/**
 * Width that the names get beyond their own so that whole columns fill the rest: whatever is scrolled to an edge is then
 * seen whole. Nothing when all columns fit.
 */
export function spareOf(width: number, columns: number): number {
  const room = width - NAMES - TOTAL
  return room <= 0 || columns * COLUMN <= room ? 0 : room % COLUMN
}

/** Opens with the present lesson in sight and a few coming ones after it, on the edge of a column. */
export function initialScroll(column: number, columns: number, width: number): number {
  const seen = Math.max(1, Math.floor((width - NAMES - TOTAL) / COLUMN))
  const last = Math.min(columns, column + 4)
  return Math.max(0, last - seen) * COLUMN
}

/** Columns are drawn in blocks, so that scrolling by one draws nothing new most of the time. */
const BLOCK = 6

/** The drawn columns for those that are in sight; `first` > `last` when there are none. */
export function spanOf(seenFirst: number, seenLast: number, columns: number): Span {
  const first = Math.max(0, Math.floor(seenFirst / BLOCK) * BLOCK)
  const last = Math.min(columns, Math.ceil((seenLast + 1) / BLOCK) * BLOCK) - 1
  return { first, last, before: first * COLUMN, after: (columns - 1 - last) * COLUMN }
}
