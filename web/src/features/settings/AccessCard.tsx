import { IconEye } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getLooks, type Look } from '@/api/privacy'
import { useSession } from '@/app/session'
import { capital, dayOf, longDate, time } from '@/lib/format'
import { More } from '@/ui/More'
import { Card, Grow, Note, Row, Rows, Segments, Sub } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import { byDay } from './looks'
import css from './Settings.module.css'

/** So many moments of a day are told, the others counted. */
const TIMES = 4

/** «Журнал доступа»: who looked at the person's own data, or at a child's, and why they could. */
export function AccessCard() {
  const { t } = useTranslation('privacy')
  const session = useSession()
  const children = session.roles.filter((role) => role.status === 'ACTIVE').flatMap((role) => role.children)
  const people = [...new Map(children.map((child) => [child.id, child.full_name.split(' ')[1] ?? child.full_name])).entries()]
  const own = session.person?.id ?? ''
  const [chosen, choose] = useState<string>()
  const subject = chosen ?? people[0]?.[0] ?? own
  return (
    <Card id="access" title={t('access.title')} sub={t('access.sub')}>
      {people.length > 0 && (
        <div style={{ margin: '12px 0' }}>
          <Segments
            label={t('access.whose')}
            value={subject}
            options={[...people.map(([value, label]) => ({ value, label })), { value: own, label: t('access.mine') }]}
            onChange={choose}
          />
        </div>
      )}
      <Looks key={subject} subject={subject} />
    </Card>
  )
}

function Looks({ subject }: { subject: string }) {
  const { t } = useTranslation('privacy')
  const query = useInfiniteQuery({
    queryKey: ['access', subject],
    queryFn: ({ pageParam }) => getLooks(subject, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  return (
    <Loaded query={query} skeleton={[44, 44, 44]}>
      {({ pages }) => (
        <>
          {pages.some((page) => page.missing.length > 0) && <Note>{t('access.missing')}</Note>}
          {pages[0]?.looks.length === 0 && <Empty>{t('access.empty')}</Empty>}
          {byDay(
            pages.flatMap((page) => page.looks),
            dayOf,
          ).map(({ day, groups }) => (
            <section key={day} className={css.lookDay}>
              <h3>{capital(longDate(day))}</h3>
              <Rows>
                {groups.map(({ look, times }) => (
                  <Row key={`${look.reader_name} ${look.role_type} ${look.what} ${String(look.together)}`}>
                    <IconEye size={20} stroke={1.6} aria-hidden />
                    <Grow>
                      {look.reader_name || t('access.unnamed')} · {t(`common:role.${look.role_type}`)}
                      <Sub>{[words(look), look.together && t('access.together'), told(times)].filter(Boolean).join(' · ')}</Sub>
                    </Grow>
                  </Row>
                ))}
              </Rows>
            </section>
          ))}
          <More query={query} style={{ marginTop: 12 }} />
        </>
      )}
    </Loaded>
  )

  function told(times: number[]) {
    const shown = times.slice(0, TIMES).map(time).join(', ')
    return times.length > TIMES ? t('access.times', { shown, count: times.length - TIMES }) : shown
  }

  function words(look: Look) {
    return t(`access.what.${look.what.replace('.', '_')}`, { defaultValue: t('access.other') })
  }
}
