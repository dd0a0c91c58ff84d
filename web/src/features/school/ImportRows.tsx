import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { getImport, type ImportRow, type SchoolImport } from '@/api/school'
import { More } from '@/ui/More'
import { Chip, type Tone } from '@/ui/basic'

import css from './School.module.css'

const tones: Record<ImportRow['action'], Tone> = { CREATE: 'good', UPDATE: 'info', NONE: 'neutral', INVALID: 'bad' }

/** Every row of the file with what will become of it, the bad ones first. */
export function ImportRows({ found }: { found: SchoolImport }) {
  const { t } = useTranslation('school')
  const query = useInfiniteQuery({
    queryKey: ['import', found.id, 'rows', found.status],
    queryFn: ({ pageParam }) => getImport(found.id, pageParam),
    initialPageParam: '',
    initialData: { pages: [found], pageParams: [''] },
    staleTime: Infinity,
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  const rows = query.data.pages.flatMap((page) => page.rows)
  return (
    <>
      <div className={css.scroll}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t('import.row')}</th>
              <th scope="col">{t('import.who')}</th>
              <th scope="col">{t('import.what')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.sheet} ${row.line} ${row.kind} ${row.label}`}>
                <td>
                  {row.sheet && `${row.sheet}, `}
                  {row.line}
                </td>
                <td>
                  {row.label}
                  {row.errors.map((error) => (
                    <p key={`${error.field} ${error.message}`} className={css.bad}>
                      {error.field && `${error.field}: `}
                      {error.message}
                    </p>
                  ))}
                </td>
                <td>
                  <Chip tone={tones[row.action]}>{t(`import.action.${row.action}`)}</Chip>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {query.hasNextPage && (
        <div style={{ marginTop: 12 }}>
          <More query={query} />
        </div>
      )}
    </>
  )
}
