import { body, http, type Schema } from './client'

export type ConsentText = Schema<'ConsentText'>
export type ConsentAnswer = Schema<'ConsentGiven'>
export type ConsentPerson = Schema<'ConsentPerson'>
export type ConsentState = Schema<'ConsentState'>

export const getConsents = () => body(http.GET('/api/v1/consents'))
export const giveConsents = (consents: ConsentAnswer[]) => body(http.POST('/api/v1/consents', { body: { consents } }))
export const getConsentBook = () => body(http.GET('/api/v1/consents/book'))
export const withdrawConsent = (purpose: string, subject_id: string) =>
  body(http.POST('/api/v1/consents/withdrawals', { body: { purpose, subject_id } }))
export const getConsentFacts = (subject_id: string, page_token: string) =>
  body(http.GET('/api/v1/consents/facts', { params: { query: { subject_id, page_token } } }))

export function consentDocument(subjectId: string): string {
  return `/api/v1/consents/document?subject_id=${encodeURIComponent(subjectId)}`
}
