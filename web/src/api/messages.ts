import { call } from './client'

export interface Message {
  id: string
  seq: number
  author_id: string
  author_name: string
  author_role: string
  body: string
  posted_at_ms: number
  client_message_id: string
}

export interface Chat {
  id: string
  title: string
  kind: 'GUARDIANS' | 'STUDENTS'
  group_name: string
  members: number
  last_seq: number
  read_seq: number
  unread: number
  last_message: { seq: number; author_name: string; body: string; posted_at_ms: number } | null
  can_write: boolean
}

export interface MessagePage {
  messages: Message[]
  last_seq: number
  read_seq: number
  has_more: boolean
}

export const getChats = () => call<{ chats: Chat[] }>('GET', '/chats')
export const getMessages = (chat: string, range: { after_seq?: number; before_seq?: number; limit?: number }) =>
  call<MessagePage>('GET', `/chats/${chat}/messages`, { query: range })
export const postMessage = (chat: string, client_message_id: string, body: string) =>
  call<{ message_id: string; seq: number; posted_at_ms: number }>('POST', `/chats/${chat}/messages`, {
    body: { client_message_id, body },
    key: client_message_id,
  })
export const markRead = (chat: string, seq: number) => call<{ seq: number }>('POST', `/chats/${chat}/read`, { body: { seq } })
