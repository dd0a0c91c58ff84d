import { body, http, type Schema } from './client'

export type Look = Schema<'Look'>
export type ExportJob = Schema<'ExportJob'>
export type ErasurePart = Schema<'ErasurePart'>

export const getLooks = (subject_id: string, page_token = '') =>
  body(http.GET('/api/v1/access', { params: { query: { subject_id, page_token, page_size: 50 } } }))
export const getExport = () => body(http.GET('/api/v1/export'))
export const startExport = () => body(http.POST('/api/v1/export'))
export const exportAddress = (id: string) => `/api/v1/export/${id}/file`
export const getErasure = () => body(http.GET('/api/v1/erasure'))
export const getErasurePlan = () => body(http.GET('/api/v1/erasure/plan'))
export const requestErasure = () => body(http.POST('/api/v1/erasure'))
export const cancelErasure = (request_id: string) => body(http.DELETE('/api/v1/erasure/{request_id}', { params: { path: { request_id } } }))
