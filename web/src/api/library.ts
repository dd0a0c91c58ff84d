import { call } from './client'

export interface Item {
  id: string
  title: string
  summary: string
  subject: string
  grades: number[]
  kind: string
  provider_name: string
  duration_minutes: number
  published_at_ms: number
}

export interface ItemPage extends Item {
  body_html: string
  content_url: string
  status: string
  version: number
  verdict_comment: string
}

export interface ItemsFound {
  items: Item[]
  total: number
  next_page_token: string
  facets: { subjects: { value: string; count: number }[]; kinds: { value: string; count: number }[] }
}

export interface ReviewItem extends Item {
  version: number
  submitted_at_ms: number
}

export interface ItemFilter {
  q?: string
  subject?: string
  grade?: number
  kind?: string
}

export const searchItems = (filter: ItemFilter, page_token = '', page_size = 20) =>
  call<ItemsFound>('GET', '/library/items', { query: { ...filter, grade: filter.grade || undefined, page_size, page_token } })
export const getItem = (id: string) => call<ItemPage>('GET', `/library/items/${id}`)
export const openItem = (id: string, lesson_id = '') =>
  call<{ content_url: string }>('POST', `/library/items/${id}/opens`, { body: { lesson_id } })
export const getReviews = (page_token = '') =>
  call<{ items: ReviewItem[]; total: number; next_page_token: string }>('GET', '/library/reviews', { query: { page_token } })
export const decideItem = (id: string, verdict: 'APPROVE' | 'REJECT', comment: string, expected_version: number) =>
  call<{ status: string; version: number }>('POST', `/library/items/${id}/decision`, {
    body: { verdict, comment, expected_version },
  })
