import { body, http, withKey, type Schema } from './client'

export type Message = Schema<'Message'>
export type Chat = Schema<'Chat'>
export type MessagePage = Schema<'MessageList'>

export const getChats = () => body(http.GET('/api/v1/chats'))
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
