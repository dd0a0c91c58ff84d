import { body, done, http, type Schema } from './client'

export type RoleType = Schema<'Role'>['type']
export type Child = Schema<'RoleChild'>
export type Role = Schema<'Role'>
export type Session = Schema<'SessionState'>
export type Profile = Schema<'Profile'>
export type SignIn = Schema<'SignIn'>
export type OpenSession = Schema<'OpenSession'>

export const getSession = () => body(http.GET('/api/v1/session'))
export const enterRole = (role_id: string) => body(http.POST('/api/v1/session/role', { body: { role_id } }))
export const getProfile = () => body(http.GET('/api/v1/profile'))
export const getSessions = () => body(http.GET('/api/v1/sessions'))
export const endSession = (session_id: string) => done(http.DELETE('/api/v1/sessions/{session_id}', { params: { path: { session_id } } }))
export const endAllSessions = () => done(http.DELETE('/api/v1/sessions'))
export const getSignIns = (page_token = '') => body(http.GET('/api/v1/sign-ins', { params: { query: { page_token } } }))
export const stay = () => body(http.POST('/api/v1/session/stay'))
export const signOut = () => done(http.POST('/auth/logout'))

/** Why the browser's session of before was ended by others; undefined for all usual ends. */
export function endedBy(session: Session): 'blocked' | 'linked' | 'separated' | undefined {
  const { notice } = session
  return notice === '' || notice === 'no_roles' ? undefined : notice
}

/** `fresh` asks Госуслуги anew, though the person is signed in. */
export function loginAddress(returnTo: string, fresh = false): string {
  return `/auth/login?return_to=${encodeURIComponent(returnTo)}${fresh ? '&fresh=true' : ''}`
}

/** Begins anew and leads where the last try was going: the gateway remembers that for the browser. */
export const loginAgainAddress = '/auth/login'

/** A path of our own page: anything that could lead elsewhere, for the address bar is anybody's to write, becomes the start page. */
export function ownPath(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/'
}
