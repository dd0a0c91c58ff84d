import { body, http, type Schema } from './client'

export type Federation = Schema<'Federation'>
export type FederalCell = Schema<'FederalCell'>
export type Measure = Federation['totals'][number]['measure']

/** All regions in the week of that Monday; without one, in the newest week that any of them has told. */
export const getFederation = (first_day?: string) => body(http.GET('/api/v1/federation', { params: { query: first_day ? { first_day } : {} } }))
