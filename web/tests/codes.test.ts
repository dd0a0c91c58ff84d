/** Whatever the servers can answer has words: the codes are read from their own sources. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { textOf } from '../src/features/signin/refusal'

type Tree = { [key: string]: string | Tree }

const root = join(process.cwd(), '..')
const languages = ['ru', 'en']
const texts = (language: string, file: string) => JSON.parse(readFileSync(join(root, 'web/src/i18n', language, file), 'utf8')) as Tree

function pythonFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return pythonFiles(path)
    return entry.name.endsWith('.py') ? [path] : []
  })
}

/** Reasons of a member: those of its error classes, and those given where an error is raised. */
function reasonsOf(member: string, prefix: string): string[] {
  const sources = pythonFiles(join(root, member, 'src')).map((path) => readFileSync(path, 'utf8'))
  const found = sources.flatMap((code) => [...code.matchAll(/^\s+reason = "([A-Z_]+)"|\breason="([A-Z_]{4,})"/gm)])
  return [...new Set(found.map((match) => `${prefix}_${match[1] ?? match[2] ?? ''}`))]
}

const members = [...readdirSync(join(root, 'services')).map((name) => [`services/${name}`, name] as const), ['gateway', 'gateway'] as const]
const codes = members.flatMap(([member, prefix]) => reasonsOf(member, prefix))

test('the codes were found at all', () => {
  expect(codes).toEqual(expect.arrayContaining(['journal_MARK_CHANGED', 'roles_IMPORT_HAS_ERRORS', 'gateway_RATE_LIMITED', 'gateway_UNREADABLE']))
})

test.each(languages)('every problem a server can answer has its own words in %s', (language) => {
  const { code } = texts(language, 'common.json').problem as { code: Tree }
  expect(codes.filter((one) => typeof code[one] !== 'string')).toEqual([])
})

/** Codes of Госуслуги: knowledge of the protocol, «Error codes»; the rest are the bridge's, the gateway's and OAuth's own. */
const REFUSALS = [
  ...'007002 007003 007004 007005 007006 007007 007008 007009 007011 007012 007013 007014 007015 007019 007023 007038 007039'.split(' '),
  ...'007040 007046 007053 007055 007060 007061 007062 007194 008010 036700 036799'.split(' '),
].map((number) => `ESIA-${number}`)
const OWN = ['ESIA-unavailable', 'ESIA-answer', 'expired', 'no_code', 'access_denied', 'invalid_request', 'unauthorized_client']
const THROUGH_GATEWAY = ['gateway.SIGN_IN_AWAY', 'gateway.SESSIONS_AWAY', 'gateway.ID_TOKEN_REFUSED', 'identity.SNILS_INVALID']

test.each(languages)('every way a sign-in can be refused has a cause and a way out in %s', (language) => {
  const { code } = texts(language, 'refusal.json') as { code: Tree }
  const exists = (key: string) => key.replace('refusal:code.', '').replace('.title', '') in code
  const keys = [...REFUSALS, ...OWN, ...THROUGH_GATEWAY].map((one) => textOf(one, exists))
  expect(keys).not.toContain('UNKNOWN')
  for (const key of keys) expect(code[key]).toEqual({ title: expect.any(String) as string, cause: expect.any(String) as string, way: expect.any(String) as string })
})

test('a code nobody has heard of still gets words', () => expect(textOf('ESIA-999999', () => false)).toBe('UNKNOWN'))
