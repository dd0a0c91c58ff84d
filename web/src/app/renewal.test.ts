import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { reloadOnce } from './renewal'

beforeEach(() => {
  sessionStorage.clear()
  vi.useFakeTimers()
})
afterEach(() => vi.restoreAllMocks())

test('a lost part reloads the page once, not in a circle', () => {
  const reload = vi.fn()
  expect(reloadOnce(reload)).toBe(true)
  expect(reloadOnce(reload)).toBe(false)
  vi.advanceTimersByTime(61_000)
  expect(reloadOnce(reload)).toBe(true)
  expect(reload).toHaveBeenCalledTimes(2)
})

test('without a network the page stays as it is', () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const reload = vi.fn()
  expect(reloadOnce(reload)).toBe(false)
  expect(reload).not.toHaveBeenCalled()
})
