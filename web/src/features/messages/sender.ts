/**
 * Sends what lies in the outbox, one message after another in each chat: the order of writing is the order in the chat, also when
 * the network or the server goes away in the middle. A repeated message has one effect, for its id goes with it.
 */
import { asProblem } from '@/api/problem'

import { outbox, type Outgoing } from './outbox'

const RETRY_MS = [1_000, 2_000, 5_000, 10_000]

export class Sender {
  private readonly busy = new Set<string>()
  private failures = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** `post` sends one message and shows it in its chat. */
  constructor(private readonly post: (one: Outgoing) => Promise<void>) {}

  /** Tries everything that may go now: after writing, when the network is back, when the live connection is back. */
  readonly flush = (): void => {
    clearTimeout(this.timer)
    this.timer = undefined
    for (const chatId of new Set(outbox.snapshot().map((one) => one.chatId))) void this.drain(chatId)
  }

  /** The person's own wish to try a refused message again. */
  again(one: Outgoing): void {
    outbox.mark(one.id, 'sending')
    this.flush()
  }

  private async drain(chatId: string): Promise<void> {
    if (this.busy.has(chatId)) return
    this.busy.add(chatId)
    try {
      for (let one = next(chatId); one; one = next(chatId)) {
        if (!(await this.sent(one))) return
      }
    } finally {
      this.busy.delete(chatId)
    }
  }

  /** False when the rest of the chat has to wait. */
  private async sent(one: Outgoing): Promise<boolean> {
    try {
      await this.post(one)
      this.failures = 0
      outbox.remove(one.id)
      return true
    } catch (reason) {
      const { kind } = asProblem(reason)
      if (kind !== 'offline' && kind !== 'busy') {
        outbox.mark(one.id, 'failed')
        return true
      }
      outbox.mark(one.id, 'waits')
      this.later()
      return false
    }
  }

  private later(): void {
    const delay = RETRY_MS[Math.min(this.failures, RETRY_MS.length - 1)]
    this.failures += 1
    this.timer ??= setTimeout(this.flush, delay)
  }
}

function next(chatId: string): Outgoing | undefined {
  return outbox.snapshot().find((one) => one.chatId === chatId && one.state !== 'failed')
}
