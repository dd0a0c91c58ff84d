import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react'

import { getMessages, markRead, postMessage, type Chat, type Message } from '@/api/messages'
import { queryClient } from '@/app/query-client'
import { sessionQuery, useSession } from '@/app/session'
import { useLive } from '@/live/Live'
import { addMessage, ordered, withLater, type MessagePages } from '@/live/messages'

import { outbox, type Outgoing } from './outbox'
import { Sender } from './sender'

const PAGE = 50

/** One chat: its messages in order without doubles, what is being sent, and the acts on it. */
export function useConversation(chatId: string) {
  const person = useSession().person
  const query = useInfiniteQuery({
    queryKey: ['messages', chatId],
    queryFn: ({ pageParam }) => getMessages(chatId, { before_seq: pageParam, limit: PAGE }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.has_more ? page.messages.reduce((least, one) => Math.min(least, one.seq), Infinity) : undefined),
    staleTime: 60_000,
    structuralSharing: (known, fresh) => withLater(known as MessagePages | undefined, fresh as MessagePages),
  })
  const messages = useMemo(() => ordered(query.data?.pages.flatMap((page) => page.messages) ?? []), [query.data])
  const all = useSyncExternalStore(outbox.subscribe, outbox.snapshot)
  const sending = all.filter((one) => one.chatId === chatId && !messages.some((message) => message.client_message_id === one.id))
  const lastSeq = messages[messages.length - 1]?.seq ?? 0

  const send = useCallback(
    (body: string) => {
      outbox.add({ id: crypto.randomUUID(), chatId, body, at: Date.now(), state: 'sending' })
      sender.flush()
    },
    [chatId],
  )

  useRead(chatId, lastSeq)
  useResend()
  return { query, messages, sending, send, resend: (one: Outgoing) => sender.again(one), me: person?.id ?? '' }
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

/** What could not be sent goes again when a chat is opened, and when the network or the live connection is back. */
function useResend(): void {
  const { open } = useLive()
  useEffect(() => {
    sender.flush()
    window.addEventListener('online', sender.flush)
    return () => window.removeEventListener('online', sender.flush)
  }, [open])
}

const sender = new Sender(async ({ id, chatId, body }) => {
  const { message_id, seq, posted_at_ms } = await postMessage(chatId, id, body)
  const person = queryClient.getQueryData(sessionQuery.queryKey)?.person
  const message: Message = {
    id: message_id,
    seq,
    author_id: person?.id ?? '',
    author_name: person?.display_name ?? '',
    author_role: '',
    body,
    posted_at_ms,
    client_message_id: id,
  }
  addMessage(queryClient, chatId, message)
})
