import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'

import type { Message } from '@/api/messages'

import { addMessage, hasGap, ordered, type MessagePages } from './messages'

const message = (seq: number): Message => ({
  id: `m${seq}`, seq, author_id: 'a', author_name: '', author_role: '', body: `${seq}`, posted_at_ms: seq, client_message_id: `c${seq}`,
})

test('messages stand in order and once, however they came', () => {
  expect(ordered([message(3), message(1), message(3), message(2)]).map((one) => one.seq)).toEqual([1, 2, 3])
})

test('a hole in the sequence is noticed', () => {
  expect(hasGap([message(1), message(3)])).toBe(true)
  expect(hasGap([message(2), message(1), message(3)])).toBe(false)
})

test('a live message joins the newest page and the list of chats; hearing it twice changes nothing', () => {
  const client = new QueryClient()
  const pages: MessagePages = { pages: [{ messages: [message(1)], last_seq: 1, read_seq: 1, has_more: false }], pageParams: [0] }
  client.setQueryData(['messages', 'chat'], pages)
  client.setQueryData(['chats'], { chats: [{ id: 'chat', last_seq: 1, read_seq: 1, unread: 0 }] })
  addMessage(client, 'chat', message(2))
  addMessage(client, 'chat', message(2))
  expect(client.getQueryData<MessagePages>(['messages', 'chat'])?.pages[0]).toMatchObject({ last_seq: 2, messages: [{ seq: 1 }, { seq: 2 }] })
  expect(client.getQueryData(['chats'])).toMatchObject({ chats: [{ last_seq: 2, unread: 1, last_message: { seq: 2 } }] })
})
