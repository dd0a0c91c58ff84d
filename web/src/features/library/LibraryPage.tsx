import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { searchItems, type Item, type ItemsFound } from '@/api/library'
import { asProblem } from '@/api/problem'
import type { LibrarySearch } from '@/app/searches'
import { More } from '@/ui/More'
import { Chip, PageHead } from '@/ui/basic'
import { Empty, ProblemState, Skeleton } from '@/ui/states'

import css from './Library.module.css'

export function LibraryPage() {
  const { t } = useTranslation('library')
  const filter = useSearch({ from: '/cabinet/library' })
  const navigate = useNavigate({ from: '/library' })
  const query = useInfiniteQuery({
    queryKey: ['library', 'items', filter],
    queryFn: ({ pageParam }) => searchItems(filter, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    placeholderData: keepPreviousData,
  })
  const first = query.data?.pages[0]
  const change = (part: { [K in keyof LibrarySearch]?: LibrarySearch[K] | undefined }) =>
    void navigate({ search: (old) => ({ ...old, ...part }), replace: true })
  return (
    <>
      <PageHead title={t('title')} />
      <Filters key={filter.q === undefined ? 'new' : 'kept'} filter={filter} found={first} onChange={change} />
      {query.error && <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton heights={[150, 150]} />}
      {first && first.items.length === 0 && (
        <Empty action={<Button onClick={() => void navigate({ search: {} })}>{t('clear')}</Button>}>{t('nothing')}</Empty>
      )}
      {first && first.items.length > 0 && (
        <>
          <p className={css.count} role="status">
            {t('found', { count: first.total })}
          </p>
          <div className={css.cards}>
            {query.data?.pages.flatMap((page) => page.items.map((item) => <ItemCard key={item.id} item={item} />))}
          </div>
          {query.hasNextPage && (
            <div className={css.more}>
              <More query={query} />
            </div>
          )}
        </>
      )}
    </>
  )
}

interface FiltersProps {
  filter: LibrarySearch
  found: ItemsFound | undefined
  onChange: (part: { [K in keyof LibrarySearch]?: LibrarySearch[K] | undefined }) => void
}

function Filters({ filter, found, onChange }: FiltersProps) {
  const { t } = useTranslation('library')
  const [text, setText] = useState(filter.q ?? '')
  const search = useDebouncedCallback((value: string) => onChange({ q: value.trim() || undefined }), 300)
  const facet = (values: { value: string; count: number }[] | undefined, chosen: string | undefined) => {
    const known = values ?? []
    return chosen && !known.some((one) => one.value === chosen) ? [{ value: chosen, count: 0 }, ...known] : known
  }
  return (
    <form role="search" className={css.search} onSubmit={(event) => event.preventDefault()}>
      <TextInput
        type="search"
        aria-label={t('query')}
        placeholder={t('queryHint')}
        leftSection={<IconSearch size={18} stroke={1.75} aria-hidden />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          search(event.currentTarget.value)
        }}
      />
      <NativeSelect
        aria-label={t('subject')}
        value={filter.subject ?? ''}
        onChange={(event) => onChange({ subject: event.currentTarget.value || undefined })}
        data={[
          { value: '', label: t('anySubject') },
          ...facet(found?.facets.subjects, filter.subject).map((one) => ({ value: one.value, label: one.count ? `${one.value} (${one.count})` : one.value })),
        ]}
      />
      <NativeSelect
        aria-label={t('grade')}
        value={String(filter.grade ?? '')}
        onChange={(event) => onChange({ grade: Number(event.currentTarget.value) || undefined })}
        data={[
          { value: '', label: t('anyGrade') },
          ...Array.from({ length: 11 }, (_, index) => ({ value: String(index + 1), label: t('common:grades', { grades: index + 1 }) })),
        ]}
      />
      <NativeSelect
        aria-label={t('kindLabel')}
        value={filter.kind ?? ''}
        onChange={(event) => onChange({ kind: event.currentTarget.value || undefined })}
        data={[{ value: '', label: t('anyKind') }, ...facet(found?.facets.kinds, filter.kind).map((one) => ({ value: one.value, label: t(`kind.${one.value}`, one.value) }))]}
      />
    </form>
  )
}

function ItemCard({ item }: { item: Item }) {
  const { t } = useTranslation('library')
  return (
    <Link to="/library/$itemId" params={{ itemId: item.id }} className={css.card}>
      <h2>{item.title}</h2>
      <p>{item.summary}</p>
      <span className={css.chips}>
        <Chip tone="info">{t(`kind.${item.kind}`, item.kind)}</Chip>
        <Chip>{item.subject}</Chip>
        <Chip>{gradesWord(t, item.grades)}</Chip>
        {item.duration_minutes > 0 && <Chip>{t('common:minutes', { count: item.duration_minutes })}</Chip>}
      </span>
    </Link>
  )
}

/** «5–6 класс»: the range of grades an item is for. */
export function gradesWord(t: (key: string, values: Record<string, unknown>) => string, grades: number[]): string {
  const first = Math.min(...grades)
  const last = Math.max(...grades)
  return t('common:grades', { grades: first === last ? first : `${first}–${last}` })
}
