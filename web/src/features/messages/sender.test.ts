import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { noNetwork, Problem } from '@/api/problem'

import { outbox, type Outgoing } from './outbox'
import { Sender } from './sender'

const add = (id: string, chatId = 'chat') => outbox.add({ id, chatId, body: id, at: 0, state: 'sending' })
const settled = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  for (const one of outbox.snapshot()) outbox.remove(one.id)
})

test('messages of one chat go one after another, in the order of writing', async () => {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const sender = new Sender((one: Outgoing) => {
    begun.push(one.id)
    return new Promise((done) => ends.push(done))
  })
  add('1')
  add('2')
  add('a', 'another')
  sender.flush()
  sender.flush()
  await settled()
  expect(begun).toEqual(['1', 'a'])
  ends[0]?.()
  await settled()
  expect(begun).toEqual(['1', 'a', '2'])
  ends.forEach((end) => end())
  await settled()
  expect(outbox.snapshot()).toEqual([])
})

test('without a network everything waits and goes by itself in the same order', async () => {
  let online = false
  const sent: string[] = []
  const sender = new Sender((one) => {
    if (!online) return Promise.reject(noNetwork())
    sent.push(one.id)
    return Promise.resolve()
  })
  add('1')
  add('2')
  sender.flush()
  await settled()
  expect(outbox.snapshot().map((one) => one.state)).toEqual(['waits', 'sending'])
  expect(localStorage.getItem('myschool.outbox')).toContain('"2"')
  online = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(sent).toEqual(['1', '2'])
  expect(outbox.snapshot()).toEqual([])
})

test('a refused message waits for the person and does not hold the others', async () => {
  let refuses = true
  const sender = new Sender((one) => (refuses && one.id === '1' ? Promise.reject(new Problem(403, {})) : Promise.resolve()))
  add('1')
  add('2')
  sender.flush()
  await settled()
  expect(outbox.snapshot()).toMatchObject([{ id: '1', state: 'failed' }])
  refuses = false
  sender.again(outbox.snapshot()[0] as Outgoing)
  await settled()
  expect(outbox.snapshot()).toEqual([])
})
