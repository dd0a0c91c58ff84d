import { expect, test } from 'vitest'

import { COLUMN, initialScroll, NAMES, spanOf, spareOf, TOTAL } from './shape'

const fixed = NAMES + TOTAL

test.each([700, 733, 901, 1180])('%i px: between names and totals stand whole columns', (width) => {
  expect((width - fixed - spareOf(width, 60)) % COLUMN).toBe(0)
  expect(spareOf(width, 60)).toBeLessThan(COLUMN)
})

test('a period that fits leaves the names as they are', () => expect(spareOf(fixed + 10 * COLUMN + 20, 8)).toBe(0))

test.each([0, 5, 20, 39])('the grid opens on the edge of a column with lesson %i in sight', (column) => {
  const width = fixed + 12 * COLUMN + 20
  const scroll = initialScroll(column, 40, width)
  expect(scroll % COLUMN).toBe(0)
  expect(scroll).toBeLessThanOrEqual(column * COLUMN)
  expect((column + 1) * COLUMN).toBeLessThanOrEqual(scroll + 12 * COLUMN)
})

test('columns are drawn in blocks around those in sight, and the undrawn ones keep their room', () => {
  expect(spanOf(7, 20, 60)).toEqual({ first: 6, last: 23, before: 6 * COLUMN, after: 36 * COLUMN })
  expect(spanOf(8, 21, 60)).toEqual(spanOf(7, 20, 60))
  expect(spanOf(50, 59, 60)).toEqual({ first: 48, last: 59, before: 48 * COLUMN, after: 0 })
  expect(spanOf(0, 3, 4)).toEqual({ first: 0, last: 3, before: 0, after: 0 })
})
