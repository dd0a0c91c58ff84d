/** One way to call the gateway: typed by its OpenAPI, with CSRF header, idempotency key and problem documents. */
import createClient from 'openapi-fetch'

import { noNetwork, Problem, type ProblemDocument } from './problem'
import type { components, paths } from './schema'
import { signIn } from './signin'

export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name]

/** Calls about the session itself answer «no session» at once; all others wait for the person to sign in again. */
const OWN_SESSION = new Set(['/api/v1/session', '/auth/logout', '/auth/child', '/auth/device'])

async function patientFetch(request: Request): Promise<Response> {
  for (;;) {
    const response = await fetch(request.clone()).catch((reason: unknown) => {
      // A loss of the network is all that fetch() reports as a TypeError.
      throw reason instanceof TypeError ? noNetwork() : reason
    })
    if (response.status !== 401 || OWN_SESSION.has(new URL(request.url).pathname)) return response
    await signIn.needed(request.signal)
  }
}

export const http = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: patientFetch,
  credentials: 'same-origin',
  headers: { 'X-MySchool-CSRF': '1', Accept: 'application/json' },
})

http.use({
  onRequest({ request }) {
    // A write repeated by the page carries its own key; any other gets one, so that a repeat on the way has one effect.
    if (request.method !== 'GET' && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', crypto.randomUUID())
    return request
  },
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a good answer; a bad one is thrown as a `Problem`. */
export async function body<T>(call: Promise<Answer<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await call
  if (!response.ok) throw new Problem(response.status, asDocument(error))
  return data as NonNullable<T>
}

/** For answers without a body. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await call
  if (!response.ok) throw new Problem(response.status, asDocument(error))
}

function asDocument(error: unknown): ProblemDocument {
  return typeof error === 'object' && error !== null ? error : {}
}

export function withKey(key: string): { header: { 'idempotency-key': string } } {
  return { header: { 'idempotency-key': key } }
}
