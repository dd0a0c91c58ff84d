/** Messages on their way: kept on the device until the server has given each its place in the chat. */

export interface Outgoing {
  id: string
  chatId: string
  body: string
  at: number
  /** `waits` for the network and goes by itself; `failed` was refused, and the person decides. */
  state: 'sending' | 'waits' | 'failed'
}

const KEY = 'myschool.outbox'

type Stored = Record<string, Outgoing>

function load(): Stored {
  return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Stored
}

let items: Outgoing[] = Object.values(load())
const listeners = new Set<() => void>()

function keep(next: Outgoing[]): void {
  items = next
  localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(next.map((one) => [one.id, one]))))
  for (const listener of listeners) listener()
}

export const outbox = {
  subscribe: (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  snapshot: () => items,
  add: (one: Outgoing) => keep([...items, one]),
  remove: (id: string) => keep(items.filter((one) => one.id !== id)),
  mark: (id: string, state: Outgoing['state']) => keep(items.map((one) => (one.id === id ? { ...one, state } : one))),
}
