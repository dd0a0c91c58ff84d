import { useTranslation } from 'react-i18next'

import type { GradebookLesson, GradebookPage } from '@/api/journal'
import { longDate, monthName, weekday } from '@/lib/format'
import { cx } from '@/ui/basic'

import css from './Grid.module.css'
import { monthsOf } from './months'
import { COLUMN, type GridView, type Span } from './shape'

interface GridHeadProps {
  page: GradebookPage
  view: GridView
  span: Span
  places: string[]
  chosen: number
  onChoose: (column: number) => void
}

export function GridHead({ page, view, span, places, chosen, onChoose }: GridHeadProps) {
  const { t } = useTranslation('journal')
  const visible = page.lessons.slice(span.first, span.last + 1)
  return (
    <div className={css.head} role="row" aria-rowindex={1} data-head>
      <div className={css.corner} role="columnheader" aria-colindex={1}>
        {t('grid.student')}
      </div>
      <div className={css.months} aria-hidden="true">
        {monthsOf(page.lessons).map((month) => (
          <div key={month.key} className={css.month} style={{ width: month.count * COLUMN }}>
            {month.count > 1 && <span>{monthName(month.day)}</span>}
          </div>
        ))}
      </div>
      <div className={css.days} role="presentation">
        <div className={css.space} style={{ width: span.before }} />
        {visible.map((lesson, offset) => {
          const column = span.first + offset
          return (
            <div key={lesson.id} role="columnheader" aria-colindex={column + 2}>
              <button
                type="button"
                tabIndex={-1}
                aria-pressed={column === chosen}
                className={cx(css.day, places[column] === 'today' && css.today, column === chosen && css.chosen)}
                title={headLabel(t, lesson)}
                onClick={() => onChoose(column)}
              >
                <b>{lesson.day.slice(8, 10)}</b>
                <small>{weekday(lesson.day)}</small>
                <small className={css.work}>{lesson.work_type && lesson.work_type !== 'CLASSWORK' ? t(`common:work.${lesson.work_type}`) : '\u00a0'}</small>
              </button>
            </div>
          )
        })}
        <div className={css.space} style={{ width: span.after }} />
      </div>
      <div className={css.totalHead} role="columnheader" aria-colindex={page.lessons.length + 2}>
        {t(view === 'marks' ? 'grid.average' : 'grid.missed')}
      </div>
    </div>
  )
}

function headLabel(t: (key: string) => string, lesson: GradebookLesson): string {
  return [longDate(lesson.day), lesson.topic, lesson.work_type && t(`common:workName.${lesson.work_type}`)].filter(Boolean).join(', ')
}
