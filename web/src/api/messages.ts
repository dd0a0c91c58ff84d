import { body, http, withKey, type Schema } from './client'

export type Message = Schema<'Message'>
export type Chat = Schema<'Chat'>
export type MessagePage = Schema<'MessageList'>

/** All chats: the counters need them together, and a person has few; the service hands out at most 200 at a time. */
export async function getChats() {
  const chats: Chat[] = []
  let page_token = ''
  do {
    const page = await body(http.GET('/api/v1/chats', { params: { query: { page_size: 200, page_token } } }))
    chats.push(...page.chats)
    page_token = page.next_page_token
  } while (page_token)
  return { chats }
}
export const getMessages = (chat_id: string, range: { after_seq?: number; before_seq?: number; limit?: number }) =>
  body(http.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id }, query: range } }))
export const postMessage = (chat_id: string, client_message_id: string, text: string) =>
  body(
    http.POST('/api/v1/chats/{chat_id}/messages', {
      params: { path: { chat_id }, ...withKey(client_message_id) },
      body: { client_message_id, body: text },
    }),
  )
export const markRead = (chat_id: string, seq: number) =>
  body(http.POST('/api/v1/chats/{chat_id}/read', { params: { path: { chat_id } }, body: { seq } }))
