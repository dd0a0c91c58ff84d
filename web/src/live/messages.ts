/** Messages of one chat as one ordered list without doubles, whichever way they came. */
import { replaceEqualDeep, type InfiniteData, type QueryClient } from '@tanstack/react-query'

import type { Chat, Message, MessagePage } from '@/api/messages'

export type MessagePages = InfiniteData<MessagePage, number>

/** Merges by sequence: a message that came twice is shown once, and order never depends on arrival. */
export function ordered(messages: Message[]): Message[] {
  const bySeq = new Map(messages.map((message) => [message.seq, message]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

/** A page that was asked for before a message came live must not take it off the screen again: messages are never deleted. */
export function withLater(known: MessagePages | undefined, fresh: MessagePages): MessagePages {
  const [newest, ...older] = fresh.pages
  const last = Math.max(0, ...(newest?.messages.map((one) => one.seq) ?? []))
  const later = known?.pages.flatMap((page) => page.messages).filter((one) => one.seq > last) ?? []
  if (!newest || later.length === 0) return replaceEqualDeep(known, fresh)
  const messages = ordered([...newest.messages, ...later])
  const last_seq = Math.max(newest.last_seq, ...later.map((one) => one.seq))
  return replaceEqualDeep(known, { ...fresh, pages: [{ ...newest, messages, last_seq }, ...older] })
}

/** The same for the list of chats: what is known of a later message stays. */
export function withLaterChats(known: { chats: Chat[] } | undefined, fresh: { chats: Chat[] }): { chats: Chat[] } {
  const old = new Map(known?.chats.map((chat) => [chat.id, chat]))
  const chats = fresh.chats.map((chat) => {
    const before = old.get(chat.id)
    return before && before.last_seq > chat.last_seq ? before : chat
  })
  return replaceEqualDeep(known, { ...fresh, chats })
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
