/** Which requests the worker of the page answers itself, and with what. Everything of the school goes to the server, always. */

export type Way = 'network' | 'document' | 'file'

export interface Asked {
  method: string
  mode: string
  address: URL
}

/** Paths that the gateway answers: sign-in, data and health never come from a store. */
const SERVERS = ['/api/', '/auth/', '/health/', '/status.json']

export function wayOf({ method, mode, address }: Asked, origin: string): Way {
  const path = address.pathname
  if (method !== 'GET' || address.origin !== origin || SERVERS.some((start) => path.startsWith(start))) return 'network'
  if (mode === 'navigate') return 'document'
  return path.startsWith('/assets/') || path === '/mark.svg' ? 'file' : 'network'
}

/** A gateway that is being restarted answers like this; the page itself is here all the same. */
export function isAway(status: number): boolean {
  return status >= 502 && status <= 504
}

export const PREFIX = 'shell-'

/** Stores that nobody needs: all but the newest and the one before it, from which open tabs still take their parts. */
export function outdated(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith(PREFIX)).slice(0, -2)
}
