/** What went wrong with a call, in the terms a page can act on. */

export interface ProblemDocument {
  status?: number
  code?: string
  title?: string
  detail?: string
  instance?: string
  params?: Record<string, unknown>
  errors?: { field: string; message: string }[]
}

export type ProblemKind = 'offline' | 'signedOut' | 'forbidden' | 'notFound' | 'conflict' | 'invalid' | 'busy' | 'failed'

const kinds: Record<number, ProblemKind> = {
  401: 'signedOut',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  412: 'conflict',
  413: 'invalid',
  415: 'invalid',
  422: 'invalid',
  429: 'busy',
  503: 'busy',
  504: 'busy',
}

export class Problem extends Error {
  readonly kind: ProblemKind
  readonly status: number
  /** Stable code such as `journal.STALE_MARK`; the page translates it. */
  readonly code: string
  /** Number of the request, to quote when asking for help. */
  readonly reference: string
  readonly document: ProblemDocument

  constructor(status: number, document: ProblemDocument) {
    super(document.detail ?? document.title ?? `HTTP ${status}`)
    this.name = 'Problem'
    this.status = status
    this.document = document
    this.kind = status === 0 ? 'offline' : (kinds[status] ?? 'failed')
    this.code = document.code ?? (status === 0 ? 'OFFLINE' : `HTTP_${status}`)
    this.reference = document.instance ?? ''
  }
}

/** No answer at all: the network is gone, or the server cannot be reached. */
export function noNetwork(): Problem {
  return new Problem(0, {})
}

export function asProblem(reason: unknown): Problem {
  if (reason instanceof Problem) return reason
  return new Problem(-1, { code: 'PAGE', detail: reason instanceof Error ? reason.message : String(reason) })
}
