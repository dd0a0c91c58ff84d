import { body, done, http, type Schema } from './client'

export type Notices = Schema<'Notices'>
export type NoticeAddress = Schema<'NoticeAddress'>
export type NoticeKind = NoticeAddress['kinds'][number]

const at = (address_id: string) => ({ params: { path: { address_id } } })

export const getNotices = () => body(http.GET('/api/v1/notices'))
export const addAddress = (address: string) => body(http.POST('/api/v1/notices', { body: { address } }))
export const sendCode = (id: string) => done(http.POST('/api/v1/notices/{address_id}/code', at(id)))
export const confirmAddress = (id: string, code: string) => body(http.POST('/api/v1/notices/{address_id}/confirm', { ...at(id), body: { code } }))
export const changeKinds = (id: string, kinds: NoticeKind[], expected_version: number) =>
  body(http.PUT('/api/v1/notices/{address_id}', { ...at(id), body: { kinds, expected_version } }))
export const removeAddress = (id: string) => done(http.DELETE('/api/v1/notices/{address_id}', at(id)))
