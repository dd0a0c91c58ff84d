import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { getOrganisations } from '@/api/school'
import { number } from '@/lib/format'
import { More } from '@/ui/More'
import { Card, PageHead } from '@/ui/basic'
import { Empty, ProblemState, Skeleton } from '@/ui/states'

import css from './School.module.css'

export function OrganisationsPage() {
  const { t } = useTranslation('school')
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const query = useInfiniteQuery({
    queryKey: ['organisations', q],
    queryFn: ({ pageParam }) => getOrganisations(q, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    placeholderData: keepPreviousData,
  })
  const found = query.data?.pages.flatMap((page) => page.organisations) ?? []
  return (
    <>
      <PageHead title={t('organisations.title')} sub={query.data ? t('organisations.count', { count: query.data.pages[0]?.total ?? 0 }) : '\u00a0'} />
      <TextInput
        style={{ maxWidth: 420, marginBottom: 16 }}
        type="search"
        aria-label={t('organisations.search')}
        placeholder={t('organisations.search')}
        leftSection={<IconSearch size={18} stroke={1.75} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {query.isPending && <Skeleton heights={[200]} />}
      {query.error && <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && found.length === 0 && <Empty>{t('organisations.nothing')}</Empty>}
      {found.length > 0 && (
        <Card>
          <div className={css.scroll}>
            <table className={css.table}>
              <thead>
                <tr>
                  <th scope="col">{t('organisations.name')}</th>
                  <th scope="col">{t('ogrn')}</th>
                  <th scope="col" className={css.number}>
                    {t('organisations.groups')}
                  </th>
                  <th scope="col" className={css.number}>
                    {t('organisations.students')}
                  </th>
                  <th scope="col" className={css.number}>
                    {t('organisations.teachers')}
                  </th>
                </tr>
              </thead>
              <tbody>
                {found.map((one) => (
                  <tr key={one.id}>
                    <td>
                      <Link to="/organisations/$organisationId" params={{ organisationId: one.id }}>
                        {one.short_name}
                      </Link>
                    </td>
                    <td>{one.ogrn}</td>
                    <td className={css.number}>{number(one.groups)}</td>
                    <td className={css.number}>{number(one.students)}</td>
                    <td className={css.number}>{number(one.teachers)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <More query={query} />
        </Card>
      )}
    </>
  )
}
