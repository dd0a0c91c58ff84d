import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { average, monthName, weekday } from '@/lib/format'

import type { Cell, Row } from './cells'
import { monthsOf } from './months'
import css from './Printed.module.css'
import type { GridView } from './shape'

/** Lessons that fit beside the names on a landscape sheet. */
const COLUMNS = 26

interface PrintedProps {
  page: GradebookPage
  rows: Row[]
  view: GridView
}

/** The class page on paper: so many lessons a sheet, the names on each, the result on the last. */
export function Printed({ page, rows, view }: PrintedProps) {
  const starts = page.lessons.flatMap((_, index) => (index % COLUMNS === 0 ? [index] : []))
  return (
    <div className={css.printed}>
      {starts.map((from) => (
        <Sheet key={from} page={page} rows={rows} view={view} from={from} />
      ))}
    </div>
  )
}

function Sheet({ page, rows, view, from }: PrintedProps & { from: number }) {
  const { t } = useTranslation('journal')
  const lessons = page.lessons.slice(from, from + COLUMNS)
  const last = from + COLUMNS >= page.lessons.length
  return (
    <table className={css.sheet}>
      <caption>
        {[`${page.gradebook.group_name} · ${page.gradebook.subject}`, page.period.name, t(`view.${view}`)].join(' · ')}
      </caption>
      <thead>
        <tr>
          <th rowSpan={2} className={css.name}>
            {t('grid.student')}
          </th>
          {monthsOf(lessons).map((month) => (
            <th key={month.key} colSpan={month.count}>
              {month.count > 2 ? monthName(month.day) : ''}
            </th>
          ))}
          {last && (
            <th rowSpan={2} className={css.average}>
              {t(view === 'marks' ? 'grid.average' : 'grid.missed')}
            </th>
          )}
        </tr>
        <tr>
          {lessons.map((lesson) => (
            <th key={lesson.id}>
              {lesson.day.slice(8, 10)}
              <small>{weekday(lesson.day)}</small>
              <small>{lesson.work_type && lesson.work_type !== 'CLASSWORK' ? t(`common:work.${lesson.work_type}`) : '\u00a0'}</small>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={row.student.id}>
            <th scope="row" className={css.name}>
              <span>{index + 1}</span> {row.student.name}
            </th>
            {row.cells.slice(from, from + COLUMNS).map((cell, column) => (
              <td key={lessons[column]?.id}>
                <Facts cell={cell} view={view} />
              </td>
            ))}
            {last && <td className={css.total}>{view === 'marks' ? average(row.average) : row.missed || ''}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Facts({ cell, view }: { cell: Cell; view: GridView }) {
  const { t } = useTranslation()
  return (
    <>
      {view === 'marks' && <b>{cell.mark}</b>} {cell.attendance !== 'PRESENT' && t(`attendance.code.${cell.attendance}`)}
    </>
  )
}
