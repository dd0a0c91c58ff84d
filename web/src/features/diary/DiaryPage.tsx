import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { acknowledge, type DiaryWeek } from '@/api/diary'
import { asProblem } from '@/api/problem'
import { weekQuery } from '@/app/queries'
import { useSession } from '@/app/session'
import { moment, shortDate, shortName, weekday } from '@/lib/format'
import { useWatch } from '@/live/Live'
import { Card, cx, PageHead } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'
import { WeekBar } from '@/ui/WeekBar'

import { Children } from './Children'
import css from './Diary.module.css'
import { LessonLine } from './LessonLine'
import { givenName, useChild, type Diarist } from './useChild'

export function DiaryPage() {
  const { t } = useTranslation('diary')
  const { child } = useChild()
  if (!child) return <Empty>{t('noChildren')}</Empty>
  return <DiaryOf key={child.id} child={child} />
}

function DiaryOf({ child }: { child: Diarist }) {
  const { t } = useTranslation('diary')
  const { date } = useSearch({ from: '/cabinet/diary' })
  const navigate = useNavigate({ from: '/diary' })
  const query = useQuery(weekQuery(child.id, date))
  useWatch('student_id', child.id)
  const week = query.data?.week
  const go = (date: string) => void navigate({ search: { date } })
  return (
    <>
      <PageHead
        title={t('title')}
        sub={[givenName(child.name), child.group, query.data?.period_name].filter(Boolean).join(' · ')}
      >
        <Children />
        {week && <WeekBar week={week} onGo={go} />}
      </PageHead>
      <Loaded query={query} skeleton={[64, 84, 120, 84]} stale="diary:stale">
        {(data) => <Week key={data.week.monday} data={data} />}
      </Loaded>
    </>
  )
}

function Week({ data }: { data: DiaryWeek }) {
  const { t } = useTranslation('diary')
  const [open, setOpen] = useState(() => data.days.find((one) => one.day === data.today)?.day ?? data.days[0]?.day)
  const lessons = data.days.flatMap((one) => one.lessons)
  if (lessons.length === 0) return <Empty>{t('empty')}</Empty>
  return (
    <>
      <div className={css.days} role="group" aria-label={t('week.days')}>
        {data.days.map((one) => (
          <button key={one.day} type="button" className={css.dayTab} aria-pressed={one.day === open} onClick={() => setOpen(one.day)}>
            <small>{weekday(one.day)}</small>
            <b>{one.day.slice(8)}</b>
            <DayDot day={one} />
          </button>
        ))}
      </div>
      <div className={css.columns}>
        {data.days
          .filter((one) => one.lessons.length > 0 || one.day === open)
          .map((one) => (
            <section key={one.day} className={cx(css.dayCard, one.day === data.today && css.today, one.day !== open && css.hidden)} aria-label={shortDate(one.day)}>
              <h2>{shortDate(one.day)}</h2>
              {one.lessons.map((lesson) => (
                <LessonLine key={lesson.id} lesson={lesson} />
              ))}
              {one.lessons.length === 0 && <Empty>{t('dayOff')}</Empty>}
            </section>
          ))}
      </div>
      <Acknowledgement data={data} />
    </>
  )
}

/** A mark of the day in green, homework still to be done in amber; the words stand in the lessons below. */
function DayDot({ day }: { day: DiaryWeek['days'][number] }) {
  if (day.lessons.some((lesson) => lesson.mark)) return <i aria-hidden="true" />
  return day.lessons.some((lesson) => lesson.homework) ? <i className={css.due} aria-hidden="true" /> : null
}

function Acknowledgement({ data }: { data: DiaryWeek }) {
  const { t } = useTranslation('diary')
  const guardian = useSession().role?.type === 'GUARDIAN'
  const client = useQueryClient()
  const signing = useMutation({
    mutationFn: () => acknowledge(data.student.id, data.week.monday),
    onSuccess: () => client.invalidateQueries({ queryKey: ['diary', data.student.id] }),
  })
  if (!guardian && !data.acknowledged) return null
  return (
    <Card className={css.ack}>
      {data.acknowledged ? (
        <p role="status">
          <IconCheck size={16} aria-hidden /> {t('ack.done', { who: shortName(data.acknowledged.by), when: moment(data.acknowledged.at_ms) })}
        </p>
      ) : (
        <>
          <p>{t('ack.ask')}</p>
          <Button variant="filled" loading={signing.isPending} onClick={() => signing.mutate()}>
            {t('ack.button')}
          </Button>
        </>
      )}
      {signing.error && <ProblemState problem={asProblem(signing.error)} />}
    </Card>
  )
}
