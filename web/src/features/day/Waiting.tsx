import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import type { TeacherDay } from '@/api/journal'
import { dayMonth } from '@/lib/format'
import { Card, Grow, Row, Rows, Sub } from '@/ui/basic'

import css from './Day.module.css'
import { tasks, type Task } from './waiting'

const SHOWN = 6

/** What the teacher has still to write, nearest first. */
export function Waiting({ day }: { day: TeacherDay }) {
  const { t } = useTranslation('day')
  const found = tasks(day.waiting)
  return (
    <Card title={t('waiting.title')}>
      {found.length === 0 ? (
        <p className={css.calm}>{t('waiting.none')}</p>
      ) : (
        <Rows>
          {found.slice(0, SHOWN).map((task) => (
            <Line key={task.lesson_id || task.gradebook_id} task={task} today={day.today} />
          ))}
        </Rows>
      )}
      {found.length > SHOWN && <Sub>{t('waiting.more', { count: found.length - SHOWN })}</Sub>}
    </Card>
  )
}

function Line({ task, today }: { task: Task; today: string }) {
  const { t } = useTranslation('day')
  const when = task.day && task.day !== today ? dayMonth(task.day) : task.starts_at
  return (
    <Row>
      <Grow>
        {[task.group_name, task.subject.toLowerCase(), when].filter(Boolean).join(', ')}
        <Sub>{t(`waiting.${task.want}`)}</Sub>
      </Grow>
      <Link
        to="/journal/$gradebookId"
        params={{ gradebookId: task.gradebook_id }}
        search={task.lesson_id ? { lesson: task.lesson_id } : {}}
        className={css.button}
      >
        {t(task.want === 'density' ? 'waiting.look' : 'waiting.fill')}
      </Link>
    </Row>
  )
}
