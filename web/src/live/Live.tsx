import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'

import type { Chat } from '@/api/messages'
import { signIn } from '@/api/signin'
import { ended, isChangingRole } from '@/app/signing'
import { sessionQuery } from '@/app/session'

import { addMessage } from './messages'
import { addNews } from './news'
import { LiveSocket, type LiveEvent, type Watch } from './socket'

interface LiveState {
  open: boolean
  watch: (target: Watch) => () => void
}

const LiveContext = createContext<LiveState>({ open: false, watch: () => () => undefined })

function streamAddress(): string {
  return `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/api/v1/stream`
}

/** Keeps one connection for the whole cabinet and turns its events into fresh data. */
export function Live({ children }: { children: ReactNode }) {
  const client = useQueryClient()
  const socket = useRef<LiveSocket | null>(null)
  const watches = useRef(new Set<Watch>())
  const [open, setOpen] = useState(false)
  const signedOut = useSyncExternalStore(signIn.subscribe, () => signIn.wanted)
  useEffect(() => {
    // While the page waits for the person to sign in again, the old session has nothing more to say.
    if (signedOut) return undefined
    const live = new LiveSocket(streamAddress(), {
      onEvent: (event) => react(client, event),
      onState: setOpen,
      seen: () => seenOf(client),
    })
    socket.current = live
    for (const target of watches.current) live.watch(target)
    const wake = () => live.wake()
    window.addEventListener('online', wake)
    return () => {
      window.removeEventListener('online', wake)
      live.close()
    }
  }, [client, signedOut])
  const [state] = useState(() => (target: Watch) => {
    watches.current.add(target)
    const stop = socket.current?.watch(target)
    return () => {
      watches.current.delete(target)
      stop?.()
    }
  })
  return <LiveContext value={{ open, watch: state }}>{children}</LiveContext>
}

export function useLive(): LiveState {
  return useContext(LiveContext)
}

/** Asks the server for the changes of one diary or journal while the page shows it. */
export function useWatch(kind: 'student_id' | 'gradebook_id', id: string | undefined): void {
  const { watch } = useLive()
  useEffect(() => {
    if (!id) return undefined
    return watch(kind === 'student_id' ? { student_id: id } : { gradebook_id: id })
  }, [watch, kind, id])
}

function seenOf(client: QueryClient): Record<string, number> {
  const chats = client.getQueryData<{ chats: Chat[] }>(['chats'])?.chats ?? []
  return Object.fromEntries(chats.map((chat) => [chat.id, chat.last_seq]))
}

function react(client: QueryClient, event: LiveEvent): void {
  // The own change of role is told here too, perhaps before its answer; the new role's page asks by itself.
  if ((event.t === 'hello' || event.t === 'role') && isChangingRole()) return
  switch (event.t) {
    case 'hello':
      // What changed while the connection was away is not told again: ask for what is on the screen.
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== sessionQuery.queryKey[0] })
      break
    case 'message':
      addMessage(client, event.chat_id, event.message)
      break
    case 'diary':
      addNews(event.what)
      void client.invalidateQueries({ queryKey: ['diary', event.student_id] })
      void client.invalidateQueries({ queryKey: ['marks', event.student_id] })
      break
    case 'gradebook':
      void client.invalidateQueries({ queryKey: ['gradebook', event.gradebook_id] })
      break
    case 'statistics':
      void client.invalidateQueries({ queryKey: ['statistics'] })
      break
    case 'read':
      void client.invalidateQueries({ queryKey: ['chats'] })
      break
    case 'role':
      // A role came, went or was changed in another tab: the session too is asked for again.
      void client.invalidateQueries()
      break
    case 'signed_out':
      ended()
      break
    default:
      break
  }
}
