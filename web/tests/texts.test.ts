import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

type Texts = { [key: string]: string | string[] | Texts }

const root = join(process.cwd(), 'src')
const read = (language: string, file: string) => JSON.parse(readFileSync(join(root, 'i18n', language, file), 'utf8')) as Texts
const namespaces = readdirSync(join(root, 'i18n', 'ru'))

/** Keys of all texts; the forms of a plural count as one key. */
function keysOf(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' || Array.isArray(value) ? [prefix + key.replace(/_(zero|one|few|many|other)$/, '')] : keysOf(value, `${prefix}${key}.`),
  )
}

const unique = (keys: string[]) => [...new Set(keys)].sort()

test.each(namespaces)('%s says the same things in both languages', (file) => {
  expect(unique(keysOf(read('en', file)))).toEqual(unique(keysOf(read('ru', file))))
})

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

test.each(sources(root).map((path) => [path.slice(root.length + 1), path]))('%s asks only for texts that exist', (_, path) => {
  const code = readFileSync(path, 'utf8')
  const used = /useTranslation\('(\w+)'\)/.exec(code)?.[1] ?? 'common'
  const asked = [...code.matchAll(/\bt\(\s*'([\w.:]+)'/g)].map((match) => match[1] ?? '')
  const missing = asked.filter((key) => {
    const [namespace, name] = key.includes(':') ? key.split(':') : [used, key]
    return !keysOf(read('ru', `${namespace ?? ''}.json`)).includes(name ?? '')
  })
  expect(missing).toEqual([])
})

test('no page text stands in the code itself', () => {
  const allowed = new Set(['features/journal/keys.ts', 'features/settings/SettingsPage.tsx'])
  const spoken = sources(root)
    .filter((path) => !allowed.has(path.slice(root.length + 1)))
    .filter((path) => /[а-яё]/i.test(readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    .map((path) => path.slice(root.length + 1))
  expect(spoken).toEqual([])
})
