/** When the session ends, by the server's clock; what is known grows old with every call that moves the end. */
import type { Session } from '@/api/session'

export const WARN_MS = 120_000
const SAME_MS = 1_000

export interface Ending {
  /** Milliseconds left, as far as the last answer goes. */
  left: number
  /** Staying does not help: the session is as old as it may get. */
  final: boolean
}

export function endingOf(session: Session, askedAt: number, now: number): Ending {
  return {
    left: session.expires_at - session.server_time - (now - askedAt),
    final: session.ends_at - session.expires_at < SAME_MS,
  }
}

/** «1:05» */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
