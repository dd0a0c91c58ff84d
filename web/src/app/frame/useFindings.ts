import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMantineColorScheme, useComputedColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import { getGradebooks, type GradebookSummary } from '@/api/journal'
import { searchItems } from '@/api/library'
import { searchPeople, type PersonFound } from '@/api/school'
import type { RoleType } from '@/api/session'
import { menuOf } from '@/app/menu'
import { gradebooksQuery } from '@/app/queries'
import { useSession } from '@/app/session'
import { leave } from '@/app/signing'

export interface Finding {
  group: 'pages' | 'journals' | 'people' | 'items' | 'acts'
  title: string
  sub?: string
  href: string
  run?: () => void
}

const STAFF: (RoleType | undefined)[] = ['TEACHER', 'HEAD', 'DEPUTY_HEAD']

/** What the search field finds in the present role; the kinds stand in a fixed order. */
export function useFindings(query: string): Finding[] {
  const { t } = useTranslation()
  const type = useSession().role?.type
  const staff = STAFF.includes(type)
  const long = query.length > 1
  const { setColorScheme } = useMantineColorScheme()
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark'
  const people = useQuery({
    queryKey: ['people', query],
    queryFn: () => searchPeople(query),
    enabled: staff && long,
    placeholderData: keepPreviousData,
  })
  const items = useQuery({
    queryKey: ['library', 'find', query],
    queryFn: () => searchItems({ q: query }, '', 5),
    enabled: long,
    placeholderData: keepPreviousData,
  })
  const { books, beyond } = useJournals(query, staff)
  const pages: Finding[] = menuOf(type).map((entry) => ({ group: 'pages', title: t(`menu.${entry.name}`), href: entry.to }))
  const acts: Finding[] = [
    { group: 'acts', title: t(`scheme.${other}`), href: '', run: () => setColorScheme(other) },
    { group: 'acts', title: t('menu.settings'), href: '/settings' },
    { group: 'acts', title: t('act.signOut'), href: '', run: () => void leave() },
  ]
  if (!query) return pages
  const fits = (one: Finding) => one.title.toLocaleLowerCase().includes(query.toLocaleLowerCase())
  return [
    ...pages.filter(fits),
    ...[...books.filter(fits), ...beyond].slice(0, 6),
    ...(people.data?.people ?? []).map((one) => personFinding(one, books)),
    ...(items.data?.items ?? []).map((one): Finding => ({ group: 'items', title: one.title, sub: one.subject, href: `/library/${one.id}` })),
    ...acts.filter(fits),
  ]
}

/** The first page of the role's journals, and what a big school has beyond it. */
function useJournals(query: string, staff: boolean) {
  const journals = useQuery({ ...gradebooksQuery, enabled: staff })
  const more = useQuery({
    queryKey: ['gradebooks', 'find', query],
    queryFn: () => getGradebooks('', query, 6),
    enabled: query.length > 1 && !!journals.data?.next_page_token,
    placeholderData: keepPreviousData,
  })
  const books = journalFindings(journals.data?.gradebooks)
  const beyond = journalFindings(more.data?.gradebooks).filter((one) => books.every((book) => book.href !== one.href))
  return { books, beyond }
}

function journalFindings(gradebooks: GradebookSummary[] = []): Finding[] {
  return gradebooks.map((one) => ({ group: 'journals', title: `${one.group_name} · ${one.subject}`, href: `/journal/${one.id}` }))
}

/** A pupil leads to the journal of the class, everybody else to the school's list. */
function personFinding(person: PersonFound, books: Finding[]): Finding {
  const book = person.group_name ? books.find((one) => one.title.startsWith(`${person.group_name} ·`)) : undefined
  return { group: 'people', title: person.full_name, sub: person.group_name, href: book?.href ?? '/school' }
}
