/** Messages of one chat as one ordered list without doubles, whichever way they came. */
import type { InfiniteData, QueryClient } from '@tanstack/react-query'

import type { Chat, Message, MessagePage } from '@/api/messages'

export type MessagePages = InfiniteData<MessagePage, number>

/** Merges by sequence: a message that came twice is shown once, and order never depends on arrival. */
export function ordered(messages: Message[]): Message[] {
  const bySeq = new Map(messages.map((message) => [message.seq, message]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

export function addMessage(client: QueryClient, chatId: string, message: Message): void {
  client.setQueryData<MessagePages>(['messages', chatId], (data) => {
    const [newest, ...older] = data?.pages ?? []
    if (!data || !newest) return data
    const messages = ordered([...newest.messages, message])
    return { ...data, pages: [{ ...newest, messages, last_seq: Math.max(newest.last_seq, message.seq) }, ...older] }
  })
  client.setQueryData<{ chats: Chat[] }>(['chats'], (data) => {
    if (!data) return data
    return { chats: data.chats.map((chat) => (chat.id === chatId ? withMessage(chat, message) : chat)) }
  })
  // A gap in the sequence means that something was missed: fetch it.
  const pages = client.getQueryData<MessagePages>(['messages', chatId])
  if (pages && hasGap(pages.pages.flatMap((page) => page.messages))) {
    void client.invalidateQueries({ queryKey: ['messages', chatId] })
  }
  if (!client.getQueryData<{ chats: Chat[] }>(['chats'])?.chats.some((chat) => chat.id === chatId)) {
    void client.invalidateQueries({ queryKey: ['chats'] })
  }
}

function withMessage(chat: Chat, message: Message): Chat {
  if (message.seq <= chat.last_seq) return chat
  return { ...chat, last_seq: message.seq, last_message: message, unread: Math.max(0, message.seq - chat.read_seq) }
}

export function hasGap(messages: Message[]): boolean {
  const sorted = ordered(messages)
  return sorted.some((message, index) => index > 0 && message.seq !== (sorted[index - 1]?.seq ?? 0) + 1)
}
