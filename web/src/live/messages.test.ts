import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'

import type { Chat, Message, MessagePage } from '@/api/messages'

import { addMessage, hasGap, ordered, withLater, withLaterChats, type MessagePages } from './messages'

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

test('a message that comes live while a page is asked for stays when the older answer arrives', async () => {
  const client = new QueryClient()
  const page = (...seqs: number[]): MessagePage => ({ messages: seqs.map(message), last_seq: Math.max(...seqs), read_seq: 1, has_more: true })
  const answers: ((page: MessagePage) => void)[] = []
  const observer = new InfiniteQueryObserver(client, {
    queryKey: ['messages', 'chat'],
    queryFn: () => new Promise<MessagePage>((answer) => answers.push(answer)),
    initialPageParam: 0,
    getNextPageParam: () => undefined,
    structuralSharing: (known, fresh) => withLater(known as MessagePages | undefined, fresh as MessagePages),
  })
  const stop = observer.subscribe(() => undefined)
  const seqs = () => observer.getCurrentResult().data?.pages[0]?.messages.map((one) => one.seq)
  answers.shift()?.(page(3, 4))
  await expect.poll(seqs).toEqual([3, 4])
  const asked = client.invalidateQueries({ queryKey: ['messages', 'chat'] })
  await expect.poll(() => answers.length).toBe(1)
  addMessage(client, 'chat', message(5))
  addMessage(client, 'chat', message(6))
  answers.shift()?.(page(4, 5))
  await asked
  expect(seqs()).toEqual([4, 5, 6])
  expect(observer.getCurrentResult().data?.pages[0]?.last_seq).toBe(6)
  stop()
})

test('so does a chat in the list that is further on than the older answer says', async () => {
  const client = new QueryClient()
  const chats = (...lasts: number[]) => ({ chats: lasts.map((last_seq, index) => ({ id: `${index}`, last_seq, read_seq: 1, unread: last_seq - 1 }) as Chat) })
  client.setQueryData(['chats'], chats(7, 2))
  const observer = new QueryObserver(client, {
    queryKey: ['chats'],
    queryFn: () => Promise.resolve(chats(6, 3)),
    structuralSharing: (known, fresh) => withLaterChats(known as { chats: Chat[] } | undefined, fresh as { chats: Chat[] }),
  })
  const stop = observer.subscribe(() => undefined)
  await expect.poll(() => observer.getCurrentResult().data?.chats.map((one) => one.last_seq)).toEqual([7, 3])
  stop()
})
