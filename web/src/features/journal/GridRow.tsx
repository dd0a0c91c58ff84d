import type { TFunction } from 'i18next'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookLesson } from '@/api/journal'
import { average, dayMonth } from '@/lib/format'
import { cx } from '@/ui/basic'

import { markTone, type Cell, type Row } from './cells'
import type { GridView } from './Grid'
import css from './Grid.module.css'
import type { CellPlace } from './useJournal'
import tone from '@/ui/tone.module.css'

/** Which columns are drawn, and the width of those that are not. */
export interface Span {
  first: number
  last: number
  before: number
  after: number
}

interface GridRowProps {
  row: Row
  index: number
  view: GridView
  span: Span
  places: string[]
  lessons: GradebookLesson[]
  /** Selected column, -1 when the selection is in another row. */
  selected: number
  onPlace: (place: CellPlace) => void
  onDetails: (place: CellPlace) => void
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, view, span, places, lessons, selected, onPlace, onDetails } = props
  const { t } = useTranslation('journal')
  const visible = row.cells.slice(span.first, span.last + 1)
  return (
    <div className={css.row} role="row" aria-rowindex={index + 2} data-row={index}>
      <div className={css.name} role="rowheader" aria-colindex={1} title={row.student.full_name}>
        <span>{index + 1}</span>
        <span>{row.student.name}</span>
      </div>
      <div className={css.space} role="presentation" style={{ width: span.before }} />
      {visible.map((cell, offset) => {
        const column = span.first + offset
        const lesson = lessons[column]
        const place = { row: index, column }
        return (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid hears the keys of all its cells
          <div
            key={lesson?.id ?? column}
            role="gridcell"
            aria-colindex={column + 2}
            aria-selected={column === selected}
            aria-label={cellLabel(t, row, lesson, cell)}
            data-cell={`${index}:${column}`}
            tabIndex={column === selected ? 0 : -1}
            className={cx(
              css.cell,
              css[places[column] ?? ''],
              column === selected && css.selected,
              (cell.state === 'waiting' || cell.state === 'sending') && css.dot,
              cell.state !== '' && css[cell.state],
            )}
            onFocus={() => onPlace(place)}
            onClick={() => onPlace(place)}
            onDoubleClick={() => onDetails(place)}
          >
            <CellText cell={cell} view={view} />
          </div>
        )
      })}
      <div className={css.space} role="presentation" style={{ width: span.after }} />
      <div className={css.grow} role="presentation" />
      <div className={cx(css.total, view === 'marks' && row.average !== null && tone[`m${markTone(row.average)}`])} role="gridcell" aria-colindex={lessons.length + 2}>
        {view === 'marks' ? average(row.average) : row.missed || ''}
      </div>
    </div>
  )
}, same)

/** Rows come new with every answer of the server; only a visible change is worth drawing. */
function same(before: GridRowProps, after: GridRowProps): boolean {
  return (
    before.row.signature === after.row.signature &&
    before.row.student.id === after.row.student.id &&
    before.selected === after.selected &&
    before.span === after.span &&
    before.view === after.view &&
    before.places === after.places
  )
}

export function CellText({ cell, view }: { cell: Cell; view: GridView }) {
  const { t } = useTranslation()
  return (
    <>
      {view === 'marks' && cell.mark && <b className={tone[`m${cell.mark}`]}>{cell.mark}</b>}
      {cell.attendance !== 'PRESENT' && <i>{t(`attendance.code.${cell.attendance}`)}</i>}
    </>
  )
}

function cellLabel(t: TFunction<'journal'>, row: Row, lesson: GradebookLesson | undefined, cell: Cell): string {
  return [
    row.student.name,
    lesson ? dayMonth(lesson.day) : '',
    cell.mark ? t('cell.mark', { value: cell.mark }) : '',
    cell.attendance === 'PRESENT' ? '' : t(`common:attendance.name.${cell.attendance}`),
    cell.state ? t(`cell.state.${cell.state}`) : '',
  ]
    .filter(Boolean)
    .join(', ')
}
