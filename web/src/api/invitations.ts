import { body, http, type Schema } from './client'

export type FamilyInvitations = Schema<'FamilyInvitations'>
export type FamilyInvitation = Schema<'FamilyInvitation'>
export type InvitedPupil = Schema<'InvitedPupil'>
export type Slip = Schema<'InvitationSlip'>

export const getFamilyInvitations = (group_id: string, page_token = '') =>
  body(http.GET('/api/v1/groups/{group_id}/family-invitations', { params: { path: { group_id }, query: { page_token } } }))
export const inviteFamilies = (student_ids: string[]) => body(http.POST('/api/v1/school/family-invitations', { body: { student_ids } }))
export const getSlips = (invitation_ids: string[]) => body(http.POST('/api/v1/school/family-invitations/slips', { body: { invitation_ids } }))
