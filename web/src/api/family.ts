import { body, done, http, type Schema } from './client'

export type FamilyStart = Schema<'FamilyStart'>
export type OwnRequest = Schema<'OwnFamilyRequest'>
export type FoundRecord = Schema<'FoundRecord'>
export type SchoolFound = Schema<'SchoolFound'>
export type SchoolRequest = Schema<'SchoolFamilyRequest'>
export type NewRequest = Schema<'SendFamilyRequest'>
export type OwnKid = Schema<'OwnKid'>
export type OwnClaim = Schema<'OwnClaim'>
export type ClaimToStudent = Schema<'ClaimToStudent'>

export const getFamilyStart = () => body(http.GET('/api/v1/family/start'))
export const findSchools = (q: string) => body(http.GET('/api/v1/family/schools', { params: { query: { q } } }))
export const sendRequest = (request: NewRequest) => body(http.POST('/api/v1/family/requests', { body: request }))
export const withdrawRequest = (family_request_id: string, expected_version: number) =>
  body(http.POST('/api/v1/family/requests/{family_request_id}/withdraw', { params: { path: { family_request_id } }, body: { expected_version } }))

export const addKid = (key: string) => body(http.POST('/api/v1/family/kids', { body: { key } }))
export const actOnClaim = (act: 'confirm' | 'decline' | 'withdraw', claim_id: string, expected_version: number) =>
  body(http.POST(`/api/v1/family/claims/{claim_id}/${act}`, { params: { path: { claim_id } }, body: { expected_version } }))
export const inviteParent = () => body(http.POST('/api/v1/family/parent-invitations'))

export const getInbox = (decided = false, page_token = '') =>
  body(http.GET('/api/v1/family/inbox', { params: { query: { decided, page_token } } }))
export const confirmRequest = (family_request_id: string, expected_version: number, record_id: string) =>
  body(
    http.POST('/api/v1/family/requests/{family_request_id}/confirm', {
      params: { path: { family_request_id } },
      body: { expected_version, record_id },
    }),
  )
export const refuseRequest = (family_request_id: string, expected_version: number, reason: string) =>
  body(
    http.POST('/api/v1/family/requests/{family_request_id}/refuse', {
      params: { path: { family_request_id } },
      body: { expected_version, reason },
    }),
  )

export type Family = Schema<'Family'>
export type FamilyStudent = Schema<'FamilyStudent'>
export type Guardianship = Schema<'Guardianship'>
export type GuardianshipChange = Schema<'GuardianshipChange'>
export type Right = Guardianship['rights'][number]
export type StudentGuardians = Schema<'StudentGuardians'>

export const getFamily = () => body(http.GET('/api/v1/family'))
export const getStudentGuardians = (student_id: string) =>
  body(http.GET('/api/v1/students/{student_id}/guardians', { params: { path: { student_id } } }))
export const inviteGuardian = (invitation: Schema<'InviteGuardian'>) => body(http.POST('/api/v1/family/invitations', { body: invitation }))
export const acceptInvitation = (code: string) => body(http.POST('/api/v1/family/invitations/accept', { body: { code } }))
export const revokeInvitation = (invitation_id: string) =>
  done(http.POST('/api/v1/family/invitations/{invitation_id}/revoke', { params: { path: { invitation_id } } }))
export const endGuardianship = (guardianship_id: string, expected_version: number) =>
  done(http.POST('/api/v1/guardianships/{guardianship_id}/end', { params: { path: { guardianship_id } }, body: { expected_version } }))
export const extendGuardianship = (guardianship_id: string, expected_version: number, last_day: string) =>
  body(http.POST('/api/v1/guardianships/{guardianship_id}/extend', { params: { path: { guardianship_id } }, body: { expected_version, last_day } }))
export const limitGuardianship = (guardianship_id: string, limit: Schema<'LimitGuardianship'>) =>
  body(http.POST('/api/v1/guardianships/{guardianship_id}/limit', { params: { path: { guardianship_id } }, body: limit }))
