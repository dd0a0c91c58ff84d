import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { getDay, type DayLesson, type TeacherDay } from '@/api/journal'
import { useSession } from '@/app/session'
import { address, longDate, now } from '@/lib/format'
import { Card, Chip, Grow, PageHead, Row, Rows, Sub } from '@/ui/basic'
import { BarList } from '@/ui/charts'
import { Empty, Loaded } from '@/ui/states'

import css from './Day.module.css'
import { Waiting } from './Waiting'

export function DayPage() {
  const { t } = useTranslation('day')
  const session = useSession()
  const query = useQuery({ queryKey: ['day'], queryFn: () => getDay(), refetchInterval: 60_000 })
  const name = address(session.person?.display_name ?? '')
  const sub = query.data
    ? [longDate(query.data.date), query.data.period_name, query.data.week_number > 0 && t('week', { number: query.data.week_number })]
    : []
  return (
    <>
      <PageHead title={t(`hello.${partOfDay()}`, { name })} sub={sub.filter(Boolean).join(' · ') || '\u00a0'} />
      <Loaded query={query} skeleton={[114, 320, 200]}>
        {(day) => <Day day={day} />}
      </Loaded>
    </>
  )
}

function partOfDay(): 'morning' | 'day' | 'evening' {
  const hour = new Date(now()).getHours()
  if (hour < 11) return 'morning'
  return hour < 17 ? 'day' : 'evening'
}

function Day({ day }: { day: TeacherDay }) {
  const { t } = useTranslation('day')
  const next = day.lessons.find((one) => one.state === 'now') ?? day.lessons.find((one) => one.state === 'next')
  return (
    <>
      {next && <Next lesson={next} />}
      <div className={css.columns}>
        <Card title={t('today')}>
          {day.lessons.length === 0 ? (
            <Empty>{t('noLessons')}</Empty>
          ) : (
            <Rows>
              {day.lessons.map((lesson) => (
                <Row key={lesson.id}>
                  <b className={css.time}>{lesson.starts_at}</b>
                  <Grow>
                    <Link to="/journal/$gradebookId" params={{ gradebookId: lesson.gradebook_id }} search={{ lesson: lesson.id }} className={css.plain}>
                      {lesson.group_name}, {lesson.subject.toLowerCase()}
                    </Link>
                    <Sub>{lesson.topic || t('noTopic')}</Sub>
                  </Grow>
                  <LessonState lesson={lesson} />
                </Row>
              ))}
            </Rows>
          )}
        </Card>
        <div className={css.side}>
          <Waiting day={day} />
          {day.density.length > 0 && <Density day={day} />}
        </div>
      </div>
    </>
  )
}

function Next({ lesson }: { lesson: DayLesson }) {
  const { t } = useTranslation('day')
  const minutes = minutesUntil(lesson.starts_at)
  const when = lesson.state === 'now' ? t('now') : minutes > 0 && minutes <= 90 ? t('in', { count: minutes }) : t('at', { time: lesson.starts_at })
  const known = [
    lesson.absent > 0 ? t('absent', { there: lesson.students - lesson.absent, all: lesson.students }) : t('students', { count: lesson.students }),
    lesson.homework_due && t('due', { text: lesson.homework_due }),
  ]
  return (
    <section className={css.next}>
      <div>
        <p>{[when, t('common:lessonNumber', { number: lesson.number }), lesson.room && t('common:room', { room: lesson.room })].filter(Boolean).join(' · ')}</p>
        <h2>
          {lesson.group_name}, {lesson.subject.toLowerCase()}
          {lesson.topic && `. ${lesson.topic}`}
        </h2>
        <p>{known.filter(Boolean).join(' · ')}</p>
      </div>
      <Link to="/journal/$gradebookId" params={{ gradebookId: lesson.gradebook_id }} search={{ lesson: lesson.id }} className={css.nextButton}>
        {t('openLesson')}
      </Link>
    </section>
  )
}

/** Minutes from now to a time of today on the school's clock. */
function minutesUntil(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  const at = new Date(now())
  return hours * 60 + minutes - (at.getHours() * 60 + at.getMinutes())
}

function LessonState({ lesson }: { lesson: DayLesson }) {
  const { t } = useTranslation('day')
  if (lesson.state === 'now') return <Chip tone="info">{t('state.now')}</Chip>
  if (lesson.state === 'next') return <Chip tone="info">{t('state.next')}</Chip>
  if (lesson.state === 'later') return <Chip>{t('at', { time: lesson.starts_at })}</Chip>
  if (lesson.has_topic && lesson.has_homework) return <Chip tone="good">{t('state.filled')}</Chip>
  return <Chip tone="warn">{t(lesson.has_topic ? 'state.noHomework' : lesson.has_homework ? 'state.noTopic' : 'state.nothing')}</Chip>
}

const ENOUGH_SHARE = 0.75

function Density({ day }: { day: TeacherDay }) {
  const { t } = useTranslation('day')
  const short = (one: TeacherDay['density'][number]) => one.with_enough / Math.max(1, one.students) < ENOUGH_SHARE
  const worst = [...day.density].sort((a, b) => a.with_enough / a.students - b.with_enough / b.students).find(short)
  return (
    <Card title={t('density.title', { period: day.period_name })} sub={t('density.sub')}>
      <BarList
        caption={t('density.title', { period: day.period_name })}
        max={1}
        rows={day.density.map((one) => ({
          key: one.gradebook_id,
          label: one.group_name,
          value: one.with_enough / Math.max(1, one.students),
          text: t('density.of', { count: one.with_enough, all: one.students }),
          tone: short(one) ? 'warn' : 'primary',
        }))}
      />
      {worst && (
        <p className={css.hint}>
          {t('density.lack', { group: worst.group_name, count: worst.students - worst.with_enough })}{' '}
          <Link to="/journal/$gradebookId" params={{ gradebookId: worst.gradebook_id }}>
            {t('density.show')}
          </Link>
        </p>
      )}
    </Card>
  )
}
