import { body, done, http, type Schema } from './client'

export type FamilyToken = Schema<'FamilyToken'>
export type CreatedToken = Schema<'CreatedToken'>

export const getTokens = () => body(http.GET('/api/v1/tokens'))
export const createToken = (name: string, days: number) => body(http.POST('/api/v1/tokens', { body: { name, days } }))
export const revokeToken = (token_id: string) => done(http.DELETE('/api/v1/tokens/{token_id}', { params: { path: { token_id } } }))
