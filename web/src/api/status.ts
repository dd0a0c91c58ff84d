import { body, http, type Schema } from './client'

export type Status = Schema<'Status'>
export type Part = Schema<'PartOfStatus'>

/** What works, for everybody: no session is needed, and the answer may be ten seconds old. */
export const getStatus = () => body(http.GET('/status.json'))
