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

/** Categories of plurals that a language really uses for whole numbers, and the one it cannot do without. */
const FORMS: Record<string, string[]> = { ru: ['one', 'few', 'many', 'other'], en: ['one', 'other'] }

function pluralsOf(texts: Texts, prefix = ''): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'object' && !Array.isArray(value)) for (const [name, forms] of pluralsOf(value, `${prefix}${key}.`)) found.set(name, forms)
    const [, name, form] = /^(.*)_(one|few|many|other)$/.exec(key) ?? []
    if (name && form) found.set(prefix + name, (found.get(prefix + name) ?? new Set()).add(form))
  }
  return found
}

test.each(Object.keys(FORMS).flatMap((language) => namespaces.map((file) => [language, file])))('%s/%s has every form of its plurals', (language, file) => {
  const wanted = [...(FORMS[language] ?? [])].sort()
  for (const [name, forms] of pluralsOf(read(language, file))) expect([name, ...[...forms].sort()]).toEqual([name, ...wanted])
})

/** Both languages have the same things put into a text: nothing of the data is lost in one of them. */
function slotsOf(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] => {
    const name = prefix + key.replace(/_(zero|one|few|many|other)$/, '')
    if (typeof value === 'string') return [[name, [...value.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort().join()]]
    return Array.isArray(value) ? [] : slotsOf(value, `${name}.`)
  })
}

test.each(namespaces)('%s puts the same data into both languages', (file) => {
  // «1 отметка» may leave the number to the word: what counts is what all forms together say.
  const said = (language: string) => {
    const all = new Map<string, Set<string>>()
    for (const [name, slots] of slotsOf(read(language, file))) for (const slot of slots.split(',').filter(Boolean)) all.set(name, (all.get(name) ?? new Set()).add(slot))
    return Object.fromEntries([...all].map(([name, slots]) => [name, [...slots].sort()]))
  }
  expect(said('en')).toEqual(said('ru'))
})

test('no Russian word is left in the English texts', () => {
  const left = namespaces.flatMap((file) =>
    Object.entries(read('en', file)).flatMap(([key, value]) => (/[а-яё]{2,}/i.test(JSON.stringify(value)) ? [`${file}: ${key}: ${JSON.stringify(value).match(/[а-яё]+/gi)?.join(' ') ?? ''}`] : [])),
  )
  expect(left).toEqual([])
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
  const allowed = new Set(['features/journal/keys.ts', 'features/settings/Language.tsx'])
  const spoken = sources(root)
    .filter((path) => !allowed.has(path.slice(root.length + 1)))
    .filter((path) => /[а-яё]/i.test(readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    .map((path) => path.slice(root.length + 1))
  expect(spoken).toEqual([])
})
