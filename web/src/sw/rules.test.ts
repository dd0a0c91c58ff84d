import { expect, test } from 'vitest'

import { isAway, outdated, wayOf } from './rules'

const HERE = 'https://school.test'
const way = (method: string, path: string, mode = 'cors') => wayOf({ method, mode, address: new URL(path, HERE) }, HERE)

test.each([
  ['GET', '/api/v1/students/1/diary'],
  ['PUT', '/api/v1/lessons/1/marks/2'],
  ['POST', '/api/v1/chats/1/messages'],
  ['POST', '/auth/logout'],
  ['POST', '/assets/x.js'],
])('%s %s is never answered from the store', (method, path) => expect(way(method, path)).toBe('network'))

test.each(['/auth/login?return_to=/', '/api/v1/files/1', '/health/live', '/status.json'])('opening %s is left to the server', (path) =>
  expect(way('GET', path, 'navigate')).toBe('network'),
)

test('a page opens as the one document, its parts come from the store, other hosts are left alone', () => {
  expect(way('GET', '/diary?date=2026-11-24', 'navigate')).toBe('document')
  expect(way('GET', '/status', 'navigate')).toBe('document')
  expect(way('GET', '/assets/x.js')).toBe('file')
  expect(way('GET', 'https://elsewhere.test/assets/x.js')).toBe('network')
})

test('a gateway on its way down is like no network; a refusal is an answer', () => {
  expect([502, 503, 504].every(isAway)).toBe(true)
  expect([200, 401, 404, 500].some(isAway)).toBe(false)
})

test('the version before the newest stays for tabs that are still open', () => {
  expect(outdated(['shell-a', 'other', 'shell-b', 'shell-c'])).toEqual(['shell-a'])
  expect(outdated(['shell-a'])).toEqual([])
})
