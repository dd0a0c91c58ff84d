import { body, done, http, type Schema } from './client'

export type DuplicatePair = Schema<'DuplicatePair'>
export type DuplicateSide = Schema<'DuplicateSide'>
export type Merge = Schema<'Merge'>
export type KeptRow = Schema<'KeptRow'>

export const getDuplicates = (judged: boolean, page_token = '') =>
  body(http.GET('/api/v1/duplicates', { params: { query: { judged, page_token } } }))
export const judgeDuplicate = (verdict: Schema<'JudgeDuplicate'>) => done(http.POST('/api/v1/duplicates/verdict', { body: verdict }))
export const getMerges = (page_token = '') => body(http.GET('/api/v1/merges', { params: { query: { page_token } } }))
export const mergePeople = (merge: Schema<'MergePeople'>) => body(http.POST('/api/v1/merges', { body: merge }))
export const separatePeople = (merge_id: string) =>
  body(http.POST('/api/v1/merges/{merge_id}/separate', { params: { path: { merge_id } } }))
