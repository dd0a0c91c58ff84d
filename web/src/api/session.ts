import { body, done, http, type Schema } from './client'

export type RoleType = Schema<'Role'>['type']
export type Child = Schema<'RoleChild'>
export type Role = Schema<'Role'>
export type Session = Schema<'SessionState'>
export type Profile = Schema<'Profile'>
export type OpenSession = Schema<'OpenSession'>
export type ConsentText = Schema<'ConsentText'>

export const getSession = () => body(http.GET('/api/v1/session'))
export const enterRole = (role_id: string) => body(http.POST('/api/v1/session/role', { body: { role_id } }))
export const getProfile = () => body(http.GET('/api/v1/profile'))
export const getConsents = () => body(http.GET('/api/v1/consents'))
export const giveConsents = (consents: Schema<'ConsentGiven'>[]) => body(http.POST('/api/v1/consents', { body: { consents } }))
export const getSessions = () => body(http.GET('/api/v1/sessions'))
export const endSession = (session_id: string) => done(http.DELETE('/api/v1/sessions/{session_id}', { params: { path: { session_id } } }))
export const signOut = () => body(http.POST('/auth/logout'))

export function loginAddress(returnTo: string): string {
  return `/auth/login?return_to=${encodeURIComponent(returnTo)}`
}
