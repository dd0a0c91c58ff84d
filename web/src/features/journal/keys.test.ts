import { expect, test } from 'vitest'

import { keyAct } from './keys'

const press = (key: string, part: Partial<Parameters<typeof keyAct>[0]> = {}) =>
  keyAct({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...part })

test.each(['1', '2', '3', '4', '5'])('%s sets that mark', (value) => {
  expect(press(value)).toEqual({ act: 'mark', value })
})

test.each([
  ['н', 'ABSENT'],
  ['Н', 'ABSENT'],
  ['б', 'ILL'],
  ['о', 'LATE'],
  ['у', 'EXCUSED'],
])('%s marks the attendance', (key, status) => {
  expect(press(key)).toEqual({ act: 'attendance', status })
})

test('the same physical key works in the Latin layout', () => {
  expect(press('y', { code: 'KeyY' })).toEqual({ act: 'attendance', status: 'ABSENT' })
  expect(press(',', { code: 'Comma' })).toEqual({ act: 'attendance', status: 'ILL' })
})

test('Ctrl+Z takes back in either layout, and other commands stay with the browser', () => {
  expect(press('я', { code: 'KeyZ', ctrlKey: true })).toEqual({ act: 'undo' })
  expect(press('r', { code: 'KeyR', ctrlKey: true })).toBeNull()
  expect(press('5', { altKey: true })).toBeNull()
})

test('Enter goes down, Shift+Enter up, Delete clears, other keys do nothing', () => {
  expect(press('Enter')).toEqual({ act: 'move', rows: 1, columns: 0 })
  expect(press('Enter', { shiftKey: true })).toEqual({ act: 'move', rows: -1, columns: 0 })
  expect(press('Delete')).toEqual({ act: 'clear' })
  expect(press('7')).toBeNull()
  expect(press('Tab')).toBeNull()
})
