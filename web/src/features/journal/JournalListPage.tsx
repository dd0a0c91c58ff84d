import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import { useTranslation } from 'react-i18next'

import { getGradebooks, type GradebookSummary } from '@/api/journal'
import { useSession } from '@/app/session'
import { shortDate, shortName } from '@/lib/format'
import { More } from '@/ui/More'
import { PageHead } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './Journal.module.css'

export function JournalListPage() {
  const { t } = useTranslation('journal')
  const { person, role, roles } = useSession()
  const me = person?.id ?? ''
  const led = roles.find((one) => one.id === role?.id && one.type === 'TEACHER')?.groups.filter((one) => one.homeroom) ?? []
  const query = useInfiniteQuery({
    queryKey: ['gradebooks', 'pages'],
    queryFn: ({ pageParam }) => getGradebooks(pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    select: (data) => data.pages.flatMap((page) => page.gradebooks),
    staleTime: 60_000,
  })
  return (
    <>
      <PageHead title={t('list.title')}>
        {led.map((one) => (
          <Fragment key={one.id}>
            <Link to="/school/acknowledgements/$groupId" params={{ groupId: one.id }}>
              {t('list.signed', { group: one.name })}
            </Link>
            <Link to="/school/invitations/$groupId" params={{ groupId: one.id }}>
              {t('list.invite', { group: one.name })}
            </Link>
          </Fragment>
        ))}
      </PageHead>
      <Loaded query={query} skeleton={[96, 96, 96]}>
        {(gradebooks) =>
          gradebooks.length === 0 ? (
            <Empty>{t('list.empty')}</Empty>
          ) : (
            groupsOf(gradebooks, me).map(([name, list]) => (
              <section key={name} className={css.group}>
                <h2 className={name === 'own' ? 'visually-hidden' : undefined}>{t(`list.${name}`)}</h2>
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
      <More query={query} mt={16} />
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
