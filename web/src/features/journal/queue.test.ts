import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { noNetwork, Problem } from '@/api/problem'

import { MarkQueue, type Entry, type Transport, type Write } from './queue'

const write: Write = { kind: 'mark', gradebookId: 'g', lessonId: 'l', studentId: 's', value: '5', minutes: 0, comment: '' }
const id = 'mark:l:s'

function saved(entry: Entry) {
  return { value: entry.value, version: entry.expectedVersion + 1, author_name: 'Я', changed_at_ms: 1, average: 5 }
}

function queueWith(mark: Transport['mark']) {
  const attendance = vi.fn<Transport['attendance']>()
  return new MarkQueue('q.', { mark, attendance })
}

const settled = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('a mark that the server took leaves the queue and the storage', async () => {
  const queue = queueWith(vi.fn((entry: Entry) => Promise.resolve(saved(entry))))
  const told = vi.fn()
  queue.listen(told)
  queue.put(write, 0)
  expect(queue.snapshot().entries[0]?.state).toBe('sending')
  await settled()
  expect(queue.snapshot()).toMatchObject({ entries: [], savedAt: 1 })
  expect(told).toHaveBeenCalledOnce()
  expect(localStorage.length).toBe(0)
})

test('a mark typed without a network survives a reload and goes later with the same key', async () => {
  const offline = vi.fn(() => Promise.reject(noNetwork()))
  const before = queueWith(offline)
  before.put(write, 3)
  await settled()
  expect(before.snapshot()).toMatchObject({ offline: true, entries: [{ state: 'waiting', value: '5' }] })
  const key = before.snapshot().entries[0]?.key

  const sent: Entry[] = []
  const after = queueWith((entry) => {
    sent.push(entry)
    return Promise.resolve(saved(entry))
  })
  after.flush()
  await settled()
  expect(sent).toMatchObject([{ key, expectedVersion: 3, value: '5' }])
  expect(after.snapshot().entries).toEqual([])
})

test('the queue tries again by itself, each time later', async () => {
  const mark = vi.fn<Transport['mark']>().mockRejectedValueOnce(noNetwork()).mockRejectedValueOnce(noNetwork())
  mark.mockImplementation((entry) => Promise.resolve(saved(entry)))
  const queue = queueWith(mark)
  queue.put(write, 0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(mark).toHaveBeenCalledTimes(2)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(queue.snapshot().entries).toEqual([])
})

test('what is typed while a mark is under way goes next, on the version just saved', async () => {
  const sent: [string, number][] = []
  const queue = queueWith((entry) => {
    sent.push([entry.value, entry.expectedVersion])
    return Promise.resolve(saved(entry))
  })
  queue.put(write, 0)
  queue.put({ ...write, value: '4' }, 0)
  await settled()
  expect(sent).toEqual([
    ['5', 0],
    ['4', 1],
  ])
})

test('a changed cell becomes a conflict with both values and is never overwritten silently', async () => {
  const params = { current_value: '4', current_author: 'Морозова', current_at_ms: '7', current_version: '9', your_value: '5' }
  const mark = vi.fn<Transport['mark']>().mockRejectedValueOnce(new Problem(409, { code: 'journal.MARK_CHANGED', params }))
  mark.mockImplementation((entry) => Promise.resolve(saved(entry)))
  const queue = queueWith(mark)
  queue.put(write, 1)
  await settled()
  expect(queue.snapshot().entries).toMatchObject([{ state: 'conflict', value: '5', conflict: { value: '4', author: 'Морозова', at: 7, version: 9 } }])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(mark).toHaveBeenCalledOnce()

  queue.insist(id)
  await settled()
  expect(mark.mock.lastCall?.[0]).toMatchObject({ value: '5', expectedVersion: 9 })
  expect(mark.mock.lastCall?.[0].key).not.toBe(mark.mock.calls[0]?.[0].key)
  expect(queue.snapshot().entries).toEqual([])
})

test('giving up the own value keeps what the server has', async () => {
  const mark = vi.fn<Transport['mark']>().mockRejectedValue(new Problem(409, { code: 'journal.MARK_CHANGED', params: {} }))
  const queue = queueWith(mark)
  queue.put(write, 1)
  await settled()
  queue.drop(id)
  expect(queue.snapshot().entries).toEqual([])
  expect(localStorage.length).toBe(0)
})

test('a refusal is shown with its reason and not repeated', async () => {
  const mark = vi.fn<Transport['mark']>().mockRejectedValue(new Problem(409, { code: 'journal.PERIOD_CLOSED' }))
  const queue = queueWith(mark)
  queue.put(write, 1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(mark).toHaveBeenCalledOnce()
  expect(queue.snapshot().entries).toMatchObject([{ state: 'refused', reason: 'journal.PERIOD_CLOSED' }])
})

test('a hundred cells go at most four at a time and all arrive', async () => {
  let under = 0
  let most = 0
  const queue = queueWith(async (entry) => {
    under += 1
    most = Math.max(most, under)
    await new Promise((done) => setTimeout(done, 10))
    under -= 1
    return saved(entry)
  })
  for (let index = 0; index < 100; index += 1) queue.put({ ...write, studentId: `s${index}` }, 0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(most).toBe(4)
  expect(queue.snapshot().entries).toEqual([])
})

test('two tabs never drop each other’s marks', async () => {
  const offline = () => Promise.reject(noNetwork())
  const one = queueWith(offline)
  const two = queueWith(offline)
  one.put(write, 0)
  two.put({ ...write, studentId: 'other' }, 0)
  await settled()
  expect(queueWith(offline).snapshot().entries).toHaveLength(2)
})
