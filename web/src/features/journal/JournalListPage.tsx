import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import type { GradebookSummary } from '@/api/journal'
import { gradebooksQuery } from '@/app/queries'
import { useSession } from '@/app/session'
import { shortDate, shortName } from '@/lib/format'
import { PageHead } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './Journal.module.css'

export function JournalListPage() {
  const { t } = useTranslation('journal')
  const me = useSession().person?.id ?? ''
  const query = useQuery(gradebooksQuery)
  return (
    <>
      <PageHead title={t('list.title')} />
      <Loaded query={query} skeleton={[96, 96, 96]}>
        {({ gradebooks }) =>
          gradebooks.length === 0 ? (
            <Empty>{t('list.empty')}</Empty>
          ) : (
            groupsOf(gradebooks, me).map(([name, list]) => (
              <section key={name} className={css.group}>
                {name !== 'own' && <h2>{t(`list.${name}`)}</h2>}
                <div className={css.cards}>
                  {list.map((one) => (
                <Link key={one.id} to="/journal/$gradebookId" params={{ gradebookId: one.id }} className={css.journalCard}>
                  <h3>
                    {one.group_name} · {one.subject}
                  </h3>
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
              </section>
            ))
          )
        }
      </Loaded>
    </>
  )
}

/** The teacher's own journals first; a head's list is one. */
function groupsOf(gradebooks: GradebookSummary[], me: string): ['own' | 'others', GradebookSummary[]][] {
  const own = gradebooks.filter((one) => one.teachers.some((teacher) => teacher.id === me))
  const others = gradebooks.filter((one) => !own.includes(one))
  if (own.length === 0) return [['own', others]]
  return others.length > 0 ? [['own', own], ['others', others]] : [['own', own]]
}
