/** Who waits for the person to sign in again, and how other tabs learn that it happened. */

type Listener = () => void

const CHANNEL = 'myschool.session'
type Message = 'signed-in' | 'signed-out'

class SignInState {
  private waiting: { done: () => void; fail: (reason: Error) => void }[] = []
  private readonly listeners = new Set<Listener>()
  private readonly channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL)
  /** Called when the person signed out on purpose, here or in another tab. */
  onSignedOut: Listener = () => undefined

  constructor() {
    this.channel?.addEventListener('message', (event: MessageEvent<Message>) => {
      if (event.data === 'signed-in') this.resume()
      else this.onSignedOut()
    })
  }

  /** True while a call was answered «no session» and waits. */
  get wanted(): boolean {
    return this.waiting.length > 0
  }

  /** Resolves when the person has signed in again. */
  needed(signal?: AbortSignal): Promise<void> {
    return new Promise((done, fail) => {
      this.waiting.push({ done, fail })
      signal?.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))
      this.notify()
    })
  }

  resume(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const { done } of waiting) done()
    this.notify()
  }

  announce(message: Message): void {
    this.channel?.postMessage(message)
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private notify(): void {
    for (const listener of this.listeners) listener()
  }
}

export const signIn = new SignInState()
