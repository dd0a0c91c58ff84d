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
  /** Called when somebody has signed in in another window: who that is has to be looked at before anything goes on. */
  onSignedIn: () => Promise<void> = () => Promise.resolve()
  /** Called when the first call was answered «no session». */
  onEnded: Listener = () => undefined

  constructor() {
    this.channel?.addEventListener('message', (event: MessageEvent<Message>) => {
      if (event.data === 'signed-in') void this.look()
      else this.onSignedOut()
    })
  }

  /** True while a call was answered «no session» and waits. */
  get wanted(): boolean {
    return this.waiting.length > 0
  }

  /** Resolves when the person has signed in again. */
  needed(signal?: AbortSignal): Promise<void> {
    if (!this.wanted) this.onEnded()
    return new Promise((done, fail) => {
      this.waiting.push({ done, fail })
      signal?.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))
      this.notify()
    })
  }

  private expected = false

  /** The person signs in anew in another window before the session here has ended. */
  expect(): void {
    this.expected = true
  }

  /** Is the person back? No answer means: not yet. */
  async look(): Promise<void> {
    if (this.wanted || this.expected) await this.onSignedIn().catch(() => undefined)
  }

  resume(): void {
    const waiting = this.waiting
    this.waiting = []
    this.expected = false
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
