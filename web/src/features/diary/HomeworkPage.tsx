import { useQueries } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import type { DiaryWeek } from '@/api/diary'
import { weekQuery } from '@/app/queries'
import { addDays, monday, shortDate, today } from '@/lib/format'
import { useWatch } from '@/live/Live'
import { Card, PageHead, Sub } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import { Children } from './Children'
import css from './List.module.css'
import { Task } from './LessonLine'
import { givenName, useChild } from './useChild'

/** What is to be done, by the day it is due: this week and the next. */
export function HomeworkPage() {
  const { t } = useTranslation('diary')
  const { child } = useChild()
  const week = monday(today())
  const [present, next] = useQueries({
    queries: [weekQuery(child?.id ?? '', week), weekQuery(child?.id ?? '', addDays(week, 7))].map((one) => ({ ...one, enabled: child !== undefined })),
  })
  useWatch('student_id', child?.id)
  if (!child || !present) return <Empty>{t('noChildren')}</Empty>
  return (
    <>
      <PageHead title={t('homework.title')} sub={`${givenName(child.name)} · ${child.group}`}>
        <Children />
      </PageHead>
      <Loaded query={present} skeleton={[110, 110, 110]}>
        {(data) => <Due weeks={next?.data ? [data, next.data] : [data]} from={data.today} />}
      </Loaded>
    </>
  )
}

function Due({ weeks, from }: { weeks: DiaryWeek[]; from: string }) {
  const { t } = useTranslation('diary')
  const days = weeks
    .flatMap((week) => week.days)
    .filter((day) => day.day >= from)
    .map((day) => ({ day: day.day, lessons: day.lessons.filter((lesson) => lesson.homework) }))
    .filter((day) => day.lessons.length > 0)
  if (days.length === 0) return <Empty>{t('homework.empty')}</Empty>
  return (
    <div className={css.list}>
      {days.map((day) => {
        const minutes = day.lessons.reduce((sum, lesson) => sum + (lesson.homework?.minutes ?? 0), 0)
        return (
          <Card key={day.day} title={shortDate(day.day)} sub={minutes > 0 ? t('homework.total', { count: minutes }) : undefined}>
            {day.lessons.map((lesson) => (
              <div key={lesson.id} style={{ display: 'grid', gap: 6, marginTop: 12 }}>
                <h3>{lesson.subject}</h3>
                {lesson.homework && <Task lessonId={lesson.id} homework={lesson.homework} />}
                {lesson.topic && <Sub>{lesson.topic}</Sub>}
              </div>
            ))}
          </Card>
        )
      })}
    </div>
  )
}
