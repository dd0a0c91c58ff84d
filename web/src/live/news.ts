/** Changes in the diary that came while the page was open, newest first. */
import { useSyncExternalStore } from 'react'

export interface News {
  id: number
  what: 'mark' | 'attendance' | 'homework' | 'lesson'
  at: number
}

const LIMIT = 20
let items: News[] = []
let lastId = 0
const listeners = new Set<() => void>()

export function addNews(what: News['what']): void {
  lastId += 1
  items = [{ id: lastId, what, at: Date.now() }, ...items].slice(0, LIMIT)
  for (const listener of listeners) listener()
}

export function useNews(): News[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => items,
  )
}
