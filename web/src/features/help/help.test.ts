import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { articles } from '../../../scripts/help'
import { matching } from './matching'

const folder = join(process.cwd(), '..', 'docs', 'help')
const all = articles(folder)

test('every help page of the folder is listed once', () => {
  const files = readdirSync(folder).filter((name) => name !== 'README.md').map((name) => name.normalize('NFC'))
  expect(all.map((article) => `${article.topic}.md`.normalize('NFC')).sort()).toEqual(files.sort())
})

test('links lead to topics that exist', () => {
  const links = all.flatMap((article) => [...article.html.matchAll(/href="\/help\/([^"]+)"/g)].map((found) => decodeURIComponent(found[1] ?? '')))
  for (const topic of links) expect(existsSync(join(folder, `${topic}.md`))).toBe(true)
  expect(all.every((article) => !article.html.includes('.md"'))).toBe(true)
})

test('a topic is found by words of its text, in any case, with or without the dots of ё', () => {
  expect(matching(all, 'пустой кабинет жираф')).toEqual([])
  expect(matching(all, 'пустой КАБИНЕТ').map((article) => article.topic)).toEqual(['sign-in'])
  expect(matching(all, '  ').length).toBe(all.length)
})
