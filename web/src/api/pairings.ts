import { body, done, http, type Schema } from './client'

export type Pairings = Schema<'Pairings'>
export type OpenCode = Schema<'OpenCode'>
export type PairedDevice = Schema<'PairedDevice'>
export type CreatedPairing = Schema<'CreatedPairing'>

export const getPairings = (child_id: string) => body(http.GET('/api/v1/children/{child_id}/pairings', { params: { path: { child_id } } }))
export const createPairing = (child_id: string, device_name: string) =>
  body(http.POST('/api/v1/children/{child_id}/pairings', { params: { path: { child_id } }, body: { device_name } }))
export const revokePairing = (child_id: string, pairing_id: string) =>
  done(http.DELETE('/api/v1/children/{child_id}/pairings/{pairing_id}', { params: { path: { child_id, pairing_id } } }))

/** Whose device this browser is: a first name, or empty. */
export const getDevice = () => body(http.GET('/auth/device'))
export const signInByCode = (code: string) => done(http.POST('/auth/child', { body: { code } }))
export const signInByDevice = () => done(http.POST('/auth/device'))
export const forgetDevice = () => done(http.DELETE('/auth/device'))
