import { call } from './client'

export interface OrganisationSummary {
  id: string
  short_name: string
  full_name: string
  ogrn: string
  region_code: string
  groups: number
  students: number
  teachers: number
}

export interface StaffMember {
  person_id: string
  full_name: string
  roles: { id: string; type: string; status: string; version: number }[]
}

export interface Organisation {
  id: string
  short_name: string
  full_name: string
  ogrn: string
  groups: { id: string; name: string; grade: number; students: number; homeroom_teacher: string }[]
  staff: StaffMember[]
}

export interface Group {
  id: string
  name: string
  grade: number
  students: { id: string; full_name: string; guardians: { id: string; full_name: string }[] }[]
  teachers: { id: string; name: string; subject: string }[]
  homeroom_teacher: string
}

export interface PersonFound {
  id: string
  full_name: string
  kind: string
  group_name: string
}

export interface ImportRow {
  line: number
  sheet: string
  kind: string
  action: 'CREATE' | 'UPDATE' | 'NONE' | 'INVALID'
  label: string
  errors: { field: string; message: string }[]
}

export interface SchoolImport {
  id: string
  organisation_id: string
  file_name: string
  status: 'PREVIEW' | 'DONE' | 'FAILED'
  counts: { rows: number; create: number; update: number; unchanged: number; invalid: number }
  rows: ImportRow[]
  next_page_token: string
}

export const getOrganisations = (q: string, page_token = '') =>
  call<{ organisations: OrganisationSummary[]; total: number; next_page_token: string }>('GET', '/organisations', {
    query: { q, page_token },
  })
export const getOrganisation = (id: string) => call<Organisation>('GET', `/organisations/${id}`)
export const getGroup = (id: string) => call<Group>('GET', `/groups/${id}`)
export const searchPeople = (q: string) => call<{ people: PersonFound[] }>('GET', '/people', { query: { q } })
export const changeRoleStatus = (id: string, status: string, reason: string, expected_version: number) =>
  call<{ status: string; version: number }>('POST', `/roles/${id}/status`, { body: { status, reason, expected_version } })

export function startImport(organisation: string, format: 'SHEET' | 'ONEROSTER', file: File): Promise<SchoolImport> {
  const form = new FormData()
  form.set('organisation_id', organisation)
  form.set('format', format)
  form.set('file', file)
  return call<SchoolImport>('POST', '/imports', { body: form })
}
export const getImport = (id: string, page_token = '') => call<SchoolImport>('GET', `/imports/${id}`, { query: { page_token } })
export const confirmImport = (id: string) => call<SchoolImport>('POST', `/imports/${id}/confirm`)
