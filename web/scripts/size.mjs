/** JS and CSS after gzip that a page needs at its first load: sign-in and diary under 200 KB, the journal a little more. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const KB = 1024
const limits = { signin: 200, diary: 200, journal: 220 }
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

/** Everything a page needs before it is shown: the entry, the page, and what both import statically. */
function filesOf(...names) {
  const files = new Set()
  const seen = new Set()
  const visit = (name) => {
    if (seen.has(name)) return
    seen.add(name)
    const part = manifest[name]
    files.add(part.file)
    for (const css of part.css ?? []) files.add(css)
    for (const other of part.imports ?? []) visit(other)
  }
  names.forEach(visit)
  return [...files]
}

const pages = {
  signin: ['index.html', 'src/features/signin/SignInPage.tsx', 'src/i18n/ru/signin.json'],
  diary: ['index.html', 'src/app/Cabinet.tsx', 'src/features/diary/DiaryPage.tsx', 'src/i18n/ru/diary.json'],
  journal: ['index.html', 'src/app/Cabinet.tsx', 'src/features/journal/JournalPage.tsx', 'src/i18n/ru/journal.json'],
}

/** What the journal adds to what every page has: its own code, not its texts. */
const OWN = { 'src/features/journal/JournalPage.tsx': 60 }

let tooBig = false
for (const [name, limit] of Object.entries(OWN)) {
  const bytes = gzipSync(readFileSync(new URL(manifest[name].file, dist))).length
  console.log(`${name} alone: ${(bytes / KB).toFixed(1)} KB gzip of ${limit}`)
  if (bytes > limit * KB) tooBig = true
}
for (const [page, names] of Object.entries(pages)) {
  const bytes = filesOf(...names).reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist))).length, 0)
  console.log(`${page}: ${(bytes / KB).toFixed(1)} KB gzip of ${limits[page]}`)
  if (bytes > limits[page] * KB) tooBig = true
}
process.exit(tooBig ? 1 : 0)
