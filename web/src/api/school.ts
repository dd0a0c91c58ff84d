import { body, http, type Schema } from './client'

export type Organisation = Schema<'Organisation'>
export type StaffMember = Schema<'StaffMember'>
export type PersonFound = Schema<'PersonFound'>
export type ImportRow = Schema<'ImportRow'>
export type SchoolImport = Schema<'Import'>
export type RoleStatus = Schema<'ChangeRoleStatus'>['status']

export const getOrganisations = (q: string, page_token = '') =>
  body(http.GET('/api/v1/organisations', { params: { query: { q, page_token } } }))
export const getOrganisation = (organisation_id: string) =>
  body(http.GET('/api/v1/organisations/{organisation_id}', { params: { path: { organisation_id } } }))
export const getGroup = (group_id: string) => body(http.GET('/api/v1/groups/{group_id}', { params: { path: { group_id } } }))
export const searchPeople = (q: string) => body(http.GET('/api/v1/people', { params: { query: { q } } }))
export const changeRoleStatus = (role_id: string, status: RoleStatus, expected_version: number) =>
  body(http.POST('/api/v1/roles/{role_id}/status', { params: { path: { role_id } }, body: { status, expected_version, reason: '' } }))

export function startImport(organisation: string, format: 'SHEET' | 'ONEROSTER', file: File): Promise<SchoolImport> {
  const form = new FormData()
  form.set('organisation_id', organisation)
  form.set('format', format)
  form.set('file', file)
  return body(
    http.POST('/api/v1/imports', {
      // The schema knows the file as text; the browser sends the form itself.
      body: { organisation_id: organisation, format, file: '' },
      bodySerializer: () => form,
    }),
  )
}
export const getImport = (import_id: string, page_token = '') =>
  body(http.GET('/api/v1/imports/{import_id}', { params: { path: { import_id }, query: { page_token } } }))
export const confirmImport = (import_id: string) =>
  body(http.POST('/api/v1/imports/{import_id}/confirm', { params: { path: { import_id } } }))
