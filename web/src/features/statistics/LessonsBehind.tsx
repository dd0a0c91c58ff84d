import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { getLessonsBehind, type Indicator, type LessonBehind, type Range } from '@/api/statistics'
import { shortDate, shortName } from '@/lib/format'
import { More } from '@/ui/More'
import { Card, Chip } from '@/ui/basic'
import { Empty, ProblemState, Skeleton } from '@/ui/states'

import css from '@/ui/figures.module.css'

export interface Behind {
  indicator: Indicator
  range: Range
  teacherId: string
  title: string
}

/** The lessons a number was counted from. */
export function LessonsBehind({ behind, onClose }: { behind: Behind; onClose: () => void }) {
  const { t } = useTranslation('statistics')
  const ref = useRef<HTMLDivElement>(null)
  const query = useInfiniteQuery({
    queryKey: ['statistics', 'lessons', behind],
    queryFn: ({ pageParam }) => getLessonsBehind(behind.indicator, behind.range, behind.teacherId, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no clean-up of an effect.
    ref.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [])
  const lessons = query.data?.pages.flatMap((page) => page.lessons) ?? []
  const total = query.data?.pages[0]?.total ?? 0
  return (
    <div ref={ref} style={{ marginBottom: 16 }}>
      <Card
        title={behind.title}
        sub={query.data ? t('behind.count', { count: total }) : '\u00a0'}
        action={
          <Button size="xs" aria-label={t('common:act.close')} onClick={onClose}>
            <IconX size={16} aria-hidden />
          </Button>
        }
      >
        {query.isPending && <Skeleton heights={[36, 36, 36]} />}
        {query.error && <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.data && lessons.length === 0 && <Empty>{t('behind.none')}</Empty>}
        {lessons.length > 0 && (
          <div className={css.scroll}>
            <table className={css.table}>
              <thead>
                <tr>
                  <th scope="col">{t('column.lesson')}</th>
                  <th scope="col">{t('column.teacher')}</th>
                  <th scope="col" className={css.number}>
                    {t('column.marks')}
                  </th>
                  <th scope="col" className={css.number}>
                    {t('column.attendance')}
                  </th>
                  <th scope="col">{t('column.filled')}</th>
                </tr>
              </thead>
              <tbody>
                {lessons.map((lesson) => (
                  <Line key={lesson.lesson_id} lesson={lesson} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {query.hasNextPage && (
          <div className={css.more}>
            <More query={query} />
          </div>
        )}
      </Card>
    </div>
  )
}

function Line({ lesson }: { lesson: LessonBehind }) {
  const { t } = useTranslation('statistics')
  return (
    <tr>
      <td>
        <Link to="/journal/$gradebookId" params={{ gradebookId: lesson.gradebook_id }} search={{ lesson: lesson.lesson_id }}>
          {shortDate(lesson.day)}, {lesson.group_name}, {lesson.subject.toLowerCase()}
        </Link>
      </td>
      <td>{shortName(lesson.teacher_name)}</td>
      <td className={css.number}>{lesson.marks}</td>
      <td className={css.number}>{lesson.attendance}</td>
      <td>
        {lesson.has_topic && lesson.has_homework ? (
          <Chip tone="good">{t('filled.all')}</Chip>
        ) : (
          <Chip tone="warn">{t(lesson.has_topic ? 'filled.noHomework' : lesson.has_homework ? 'filled.noTopic' : 'filled.none')}</Chip>
        )}
      </td>
    </tr>
  )
}
