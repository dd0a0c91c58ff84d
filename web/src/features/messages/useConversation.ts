import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react'

import { getMessages, markRead, postMessage, type Chat, type Message } from '@/api/messages'
import { useSession } from '@/app/session'
import { addMessage, ordered } from '@/live/messages'

import { outbox, type Outgoing } from './outbox'

const PAGE = 50

/** One chat: its messages in order without doubles, what is being sent, and the acts on it. */
export function useConversation(chatId: string) {
  const client = useQueryClient()
  const person = useSession().person
  const query = useInfiniteQuery({
    queryKey: ['messages', chatId],
    queryFn: ({ pageParam }) => getMessages(chatId, { before_seq: pageParam, limit: PAGE }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.has_more ? page.messages.reduce((least, one) => Math.min(least, one.seq), Infinity) : undefined),
    staleTime: 60_000,
  })
  const messages = useMemo(() => ordered(query.data?.pages.flatMap((page) => page.messages) ?? []), [query.data])
  const all = useSyncExternalStore(outbox.subscribe, outbox.snapshot)
  const sending = all.filter((one) => one.chatId === chatId && !messages.some((message) => message.client_message_id === one.id))
  const lastSeq = messages[messages.length - 1]?.seq ?? 0

  const deliver = useCallback(
    async (one: Outgoing) => {
      outbox.mark(one.id, false)
      try {
        const { message_id, seq, posted_at_ms } = await postMessage(chatId, one.id, one.body)
        const message: Message = {
          id: message_id,
          seq,
          author_id: person?.id ?? '',
          author_name: person?.display_name ?? '',
          author_role: '',
          body: one.body,
          posted_at_ms,
          client_message_id: one.id,
        }
        addMessage(client, chatId, message)
        outbox.remove(one.id)
      } catch {
        outbox.mark(one.id, true)
      }
    },
    [client, chatId, person],
  )

  const send = useCallback(
    (body: string) => {
      const one: Outgoing = { id: crypto.randomUUID(), chatId, body, at: Date.now(), failed: false }
      outbox.add(one)
      void deliver(one)
    },
    [chatId, deliver],
  )

  useRead(chatId, lastSeq)
  useResend(chatId, deliver)
  return { query, messages, sending, send, deliver, me: person?.id ?? '' }
}

/** What is on a visible screen counts as read. */
function useRead(chatId: string, lastSeq: number): void {
  const client = useQueryClient()
  useEffect(() => {
    if (lastSeq === 0) return undefined
    const read = () => {
      if (document.visibilityState !== 'visible') return
      client.setQueryData<{ chats: Chat[] }>(['chats'], (data) =>
        data && { chats: data.chats.map((chat) => (chat.id === chatId ? { ...chat, read_seq: lastSeq, unread: 0 } : chat)) },
      )
      markRead(chatId, lastSeq).catch(() => undefined)
    }
    read()
    document.addEventListener('visibilitychange', read)
    return () => document.removeEventListener('visibilitychange', read)
  }, [client, chatId, lastSeq])
}

/** What could not be sent goes again when the network is back, and once when the chat is opened. */
function useResend(chatId: string, deliver: (one: Outgoing) => Promise<void>): void {
  useEffect(() => {
    const again = () => {
      for (const one of outbox.snapshot()) if (one.chatId === chatId) void deliver(one)
    }
    again()
    window.addEventListener('online', again)
    return () => window.removeEventListener('online', again)
  }, [chatId, deliver])
}
