import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { LiveSocket } from './socket'

class FakeSocket extends EventTarget {
  static readonly OPEN = 1
  static all: FakeSocket[] = []
  readyState = 0
  sent: Record<string, unknown>[] = []

  constructor() {
    super()
    FakeSocket.all.push(this)
  }

  send(text: string) {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }

  accept() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
    this.say({ t: 'hello', person_id: 'p', chats: {}, server_time: 0 })
  }

  say(frame: object) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(frame) }))
  }

  close(code = 1000) {
    this.readyState = 3
    this.dispatchEvent(new CloseEvent('close', { code }))
  }
}

const last = () => FakeSocket.all[FakeSocket.all.length - 1] as FakeSocket
const hooks = () => ({ onEvent: vi.fn(), onState: vi.fn(), seen: () => ({ chat: 7 }) })

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.all = []
  vi.stubGlobal('WebSocket', FakeSocket)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('after the gateway restarts the page connects again, tells what it has seen and what it watches', async () => {
  const live = new LiveSocket('ws://x', hooks())
  last().accept()
  live.watch({ student_id: 's' })
  last().close(1012)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(FakeSocket.all).toHaveLength(2)
  last().accept()
  expect(last().sent).toEqual([{ t: 'resume', chats: { chat: 7 } }, { t: 'watch', student_id: 's' }])
  live.close()
})

test('a session that was ended is not connected again', async () => {
  const live = new LiveSocket('ws://x', hooks())
  last().accept()
  last().close(4401)
  await vi.advanceTimersByTimeAsync(120_000)
  expect(FakeSocket.all).toHaveLength(1)
  live.close()
})

test('a connection that has gone silent is given up', async () => {
  const state = hooks()
  const live = new LiveSocket('ws://x', state)
  last().accept()
  await vi.advanceTimersByTimeAsync(150_000)
  expect(FakeSocket.all.length).toBeGreaterThan(1)
  expect(state.onState).toHaveBeenCalledWith(false)
  live.close()
})
