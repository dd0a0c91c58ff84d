/** One way to call the gateway: CSRF header, idempotency key, problem documents, and waiting for a new sign-in. */
import { Problem, asProblem, type ProblemDocument } from './problem'
import { signIn } from './signin'

const API = '/api/v1'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

interface CallOptions {
  query?: Record<string, string | number | undefined>
  body?: unknown
  /** Repeating a write with the same key has one effect; without it each call gets a key of its own. */
  key?: string
  signal?: AbortSignal | undefined
  /** A call that is answered 401 waits for the person to sign in again; the session's own call must not. */
  waitForSignIn?: boolean
}

export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const key = options.key ?? crypto.randomUUID()
  for (;;) {
    try {
      return await once<T>(method, path, { ...options, key })
    } catch (reason) {
      const problem = asProblem(reason)
      if (problem.kind !== 'signedOut' || options.waitForSignIn === false) throw problem
      await signIn.needed(options.signal)
    }
  }
}

async function once<T>(method: Method, path: string, options: CallOptions): Promise<T> {
  const headers = new Headers({ 'X-MySchool-CSRF': '1', Accept: 'application/json' })
  if (method !== 'GET' && options.key) headers.set('Idempotency-Key', options.key)
  let body: BodyInit | undefined
  if (options.body instanceof FormData) body = options.body
  else if (options.body !== undefined) {
    headers.set('Content-Type', 'application/json')
    body = JSON.stringify(options.body)
  }
  const response = await fetch(address(path, options.query), {
    method,
    headers,
    credentials: 'same-origin',
    ...(body === undefined ? {} : { body }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  if (!response.ok) throw new Problem(response.status, await documentOf(response))
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

function address(path: string, query: CallOptions['query']): string {
  const url = path.startsWith('/auth/') ? path : `${API}${path}`
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${url}?${text}` : url
}

async function documentOf(response: Response): Promise<ProblemDocument> {
  try {
    return (await response.json()) as ProblemDocument
  } catch {
    return { status: response.status }
  }
}
