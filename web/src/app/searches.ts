/** What stands after «?» in the addresses of the pages: read once, typed for the pages. */

type Search = Record<string, unknown>

export interface JournalSearch {
  lesson?: string
  period?: string
  view?: 'attendance' | 'topics'
}

export function journalSearch(search: Search): JournalSearch {
  return {
    ...(typeof search.lesson === 'string' ? { lesson: search.lesson } : {}),
    ...(typeof search.period === 'string' ? { period: search.period } : {}),
    ...(search.view === 'attendance' || search.view === 'topics' ? { view: search.view } : {}),
  }
}

export interface DateSearch {
  date?: string
  child?: string
}

export function dateSearch(search: Search): DateSearch {
  return {
    ...(typeof search.date === 'string' ? { date: search.date } : {}),
    ...(typeof search.child === 'string' ? { child: search.child } : {}),
  }
}

/** The router reads `?q=5` as a number; a search is a text. */
function textOf<K extends string>(search: Record<string, unknown>, name: K): { [P in K]?: string } {
  const value = search[name]
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? ({ [name]: String(value) } as { [P in K]?: string }) : {}
}

export interface LibrarySearch {
  q?: string
  subject?: string
  grade?: number
  kind?: string
}

export function librarySearch(search: Search): LibrarySearch {
  return {
    ...textOf(search, 'q'),
    ...textOf(search, 'subject'),
    ...(Number(search.grade) > 0 ? { grade: Number(search.grade) } : {}),
    ...textOf(search, 'kind'),
  }
}
