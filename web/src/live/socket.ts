/** The open connection to the gateway: survives its restarts, and tells the server what was seen last. */
import type { Message } from '@/api/messages'

export type LiveEvent =
  | { t: 'hello'; person_id: string; chats: Record<string, number>; server_time: number }
  | { t: 'message'; chat_id: string; message: Message }
  | { t: 'diary'; student_id: string; what: 'mark' | 'attendance' | 'homework' | 'lesson'; day: string }
  | { t: 'gradebook'; gradebook_id: string }
  | { t: 'statistics'; organisation_id: string }
  | { t: 'read'; chat_id: string; seq: number }
  | { t: 'role' }
  | { t: 'signed_out' }
  | { t: 'pong' }

export type Watch = { student_id: string } | { gradebook_id: string }

const PING_MS = 25_000
const SILENCE_MS = 60_000
const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 15_000
const SIGNED_OUT = 4401

interface Hooks {
  onEvent: (event: LiveEvent) => void
  /** Connection state for the page's honesty. */
  onState: (open: boolean) => void
  /** Last sequence seen per chat, asked for after every reconnect. */
  seen: () => Record<string, number>
}

export class LiveSocket {
  private socket: WebSocket | null = null
  private stopped = false
  private attempts = 0
  private heardAt = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly pinger: ReturnType<typeof setInterval>
  private readonly watched = new Map<string, Watch>()

  constructor(
    private readonly address: string,
    private readonly hooks: Hooks,
  ) {
    this.pinger = setInterval(() => this.ping(), PING_MS)
    this.open()
  }

  watch(target: Watch): () => void {
    const key = JSON.stringify(target)
    this.watched.set(key, target)
    this.send({ t: 'watch', ...target })
    return () => this.watched.delete(key)
  }

  /** Reconnects at once when the browser says the network is back. */
  wake(): void {
    if (this.stopped || this.socket) return
    clearTimeout(this.timer)
    this.open()
  }

  close(): void {
    this.stopped = true
    clearInterval(this.pinger)
    clearTimeout(this.timer)
    this.socket?.close()
  }

  private open(): void {
    const socket = new WebSocket(this.address)
    this.socket = socket
    socket.addEventListener('open', () => {
      this.heardAt = Date.now()
      this.send({ t: 'resume', chats: this.hooks.seen() })
      for (const target of this.watched.values()) this.send({ t: 'watch', ...target })
    })
    socket.addEventListener('message', (event: MessageEvent<string>) => this.hear(JSON.parse(event.data) as LiveEvent))
    socket.addEventListener('close', (event) => this.lost(socket, event.code))
  }

  private hear(event: LiveEvent): void {
    this.heardAt = Date.now()
    if (event.t === 'pong') return
    if (event.t === 'hello') {
      this.attempts = 0
      this.hooks.onState(true)
    }
    this.hooks.onEvent(event)
  }

  private lost(socket: WebSocket, code: number): void {
    if (this.socket !== socket) return
    this.socket = null
    this.hooks.onState(false)
    if (code === SIGNED_OUT) this.stopped = true
    if (this.stopped) return
    // Jitter: a restarted gateway must not meet all its clients in one instant.
    const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.attempts)
    this.attempts += 1
    this.timer = setTimeout(() => this.open(), delay * (0.5 + Math.random() / 2))
  }

  private ping(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    // A half-open connection never closes by itself.
    if (Date.now() - this.heardAt > SILENCE_MS) this.socket.close()
    else this.send({ t: 'ping' })
  }

  private send(frame: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame))
  }
}
