import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { gradebooksQuery } from '@/app/queries'
import { shortDate, shortName } from '@/lib/format'
import { PageHead } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './Journal.module.css'

export function JournalListPage() {
  const { t } = useTranslation('journal')
  const query = useQuery(gradebooksQuery)
  return (
    <>
      <PageHead title={t('list.title')} />
      <Loaded query={query} skeleton={[96, 96, 96]}>
        {({ gradebooks }) =>
          gradebooks.length === 0 ? (
            <Empty>{t('list.empty')}</Empty>
          ) : (
            <div className={css.cards}>
              {gradebooks.map((one) => (
                <Link key={one.id} to="/journal/$gradebookId" params={{ gradebookId: one.id }} className={css.journalCard}>
                  <h2>
                    {one.group_name} · {one.subject}
                  </h2>
                  <p>{t('students', { count: one.students })}</p>
                  <p>{one.teachers.map((teacher) => shortName(teacher.name)).join(', ')}</p>
                  <p>
                    {one.next_lesson
                      ? t('list.next', { day: shortDate(one.next_lesson.day), time: one.next_lesson.starts_at })
                      : t('list.noNext')}
                  </p>
                </Link>
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  )
}
