import { body, http, type Schema } from './client'

export type Item = Schema<'Item'>
export type ItemPage = Schema<'ItemCard'>
export type ItemsFound = Schema<'ItemsFound'>
export type ReviewItem = Schema<'ReviewItem'>

export interface ItemFilter {
  q?: string
  subject?: string
  grade?: number
  kind?: string
}

export const searchItems = (filter: ItemFilter, page_token = '', page_size = 20) =>
  body(http.GET('/api/v1/library/items', { params: { query: { ...filter, page_size, page_token } } }))
export const getItem = (item_id: string) => body(http.GET('/api/v1/library/items/{item_id}', { params: { path: { item_id } } }))
export const openItem = (item_id: string) =>
  body(http.POST('/api/v1/library/items/{item_id}/opens', { params: { path: { item_id } }, body: { lesson_id: '' } }))
export const getReviews = (page_token = '') => body(http.GET('/api/v1/library/reviews', { params: { query: { page_token } } }))
export const decideItem = (item_id: string, decision: Schema<'Decide'>) =>
  body(http.POST('/api/v1/library/items/{item_id}/decision', { params: { path: { item_id } }, body: decision }))
