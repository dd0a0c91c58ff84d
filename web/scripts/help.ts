/** The help pages of docs/help as a module of the page: turned into HTML when it is built, so that no reader carries a parser. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { marked } from 'marked'
import type { Plugin } from 'vite'

const MODULE = 'virtual:help'
const LINE = /^- \[(?<title>[^\]]+)\]\((?<topic>[^)]+)\.md\): (?<summary>.+)$/

export interface Article {
  topic: string
  title: string
  summary: string
  html: string
}

/** The articles in the order in which README.md of the folder lists them. */
export function articles(folder: string): Article[] {
  const listed = readFileSync(join(folder, 'README.md'), 'utf8').split('\n')
  return listed.flatMap((line) => {
    const found = LINE.exec(line)?.groups as { topic: string; title: string; summary: string } | undefined
    if (!found) return []
    const text = readFileSync(join(folder, `${found.topic}.md`), 'utf8')
    return [{ ...found, html: marked.parse(linked(text), { async: false }) }]
  })
}

/** Articles name each other by file; on the page they are routes. The heading of the page is the article's title already. */
function linked(text: string): string {
  return text.replace(/^# .+\n/, '').replace(/\]\(([^)/]+)\.md\)/g, (_, topic: string) => `](/help/${encodeURIComponent(topic)})`)
}

export function helpPages(folder: string): Plugin {
  return {
    name: 'myschool:help',
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : null),
    load: (id) => (id === `\0${MODULE}` ? `export default ${JSON.stringify(articles(folder))}` : null),
  }
}
