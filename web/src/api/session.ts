import { call } from './client'

export type RoleType =
  | 'TEACHER'
  | 'HOMEROOM_TEACHER'
  | 'GUARDIAN'
  | 'STUDENT'
  | 'HEAD'
  | 'DEPUTY_HEAD'
  | 'EXPERT'
  | 'MUNICIPAL_COORDINATOR'
  | 'REGIONAL_COORDINATOR'

export interface Child {
  id: string
  full_name: string
  group_id: string
  group_name: string
  organisation_name: string
}

export interface Role {
  id: string
  type: RoleType
  status: string
  organisation_id: string
  organisation_name: string
  version: number
  groups: { id: string; name: string; homeroom: boolean; subjects: string[] }[]
  children: Child[]
  student: { group_id: string; group_name: string } | null
}

export interface Session {
  authenticated: boolean
  person: { id: string; display_name: string } | null
  role: { id: string; type: RoleType; organisation_id: string; organisation_name: string } | null
  roles: Role[]
  missing_consents: string[]
  notice: string
  expires_at: number
  server_time: number
}

export interface Profile {
  person_id: string
  display_name: string
  birth_date: string
  trusted: boolean
  esia_updated_at_ms: number
  consents: { purpose: string; title: string; version: string; given_at_ms: number }[]
  has_email: boolean
}

export interface OpenSession {
  id: string
  device: string
  opened_at_ms: number
  seen_at_ms: number
  current: boolean
}

export interface ConsentText {
  purpose: string
  title: string
  text: string
  version: string
}

export const getSession = () => call<Session>('GET', '/session', { waitForSignIn: false })
export const enterRole = (role_id: string) => call<Session>('POST', '/session/role', { body: { role_id } })
export const getProfile = () => call<Profile>('GET', '/profile')
export const getConsents = () => call<{ consents: ConsentText[] }>('GET', '/consents')
export const giveConsents = (consents: { purpose: string; version: string }[]) =>
  call<{ missing_consents: string[] }>('POST', '/consents', { body: { consents } })
export const getSessions = () => call<{ sessions: OpenSession[] }>('GET', '/sessions')
export const endSession = (id: string) => call<undefined>('DELETE', `/sessions/${id}`)
export const signOut = () => call<{ logout_url: string }>('POST', '/auth/logout', { waitForSignIn: false })

export function loginAddress(returnTo: string): string {
  return `/auth/login?return_to=${encodeURIComponent(returnTo)}`
}
