import { body, http, type Schema } from './client'

export type Account = Schema<'Account'>
export type AccountChange = Schema<'AccountChange'>
export type BlockReason = Schema<'BlockAccount'>['reason']

export const BLOCK_REASONS: BlockReason[] = ['COMPROMISED', 'REQUESTED_BY_PERSON', 'LEFT_SCHOOL', 'ABUSE', 'COURT']

export type Which = 'all' | 'blocked' | 'never'

export const getAccounts = (q: string, which: Which, page_token = '') =>
  body(http.GET('/api/v1/accounts', { params: { query: { q, blocked: which === 'blocked', never: which === 'never', page_token } } }))
export const getAccountHistory = (person_id: string) =>
  body(http.GET('/api/v1/accounts/{person_id}/history', { params: { path: { person_id } } }))
export const blockAccount = (person_id: string, block: Schema<'BlockAccount'>) =>
  body(http.POST('/api/v1/accounts/{person_id}/block', { params: { path: { person_id } }, body: block }))
export const unblockAccount = (person_id: string, words: string, expected_version: number) =>
  body(http.POST('/api/v1/accounts/{person_id}/unblock', { params: { path: { person_id } }, body: { words, expected_version } }))
