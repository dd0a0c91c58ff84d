import type { TFunction } from 'i18next'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookLesson } from '@/api/journal'
import { dayMonth } from '@/lib/format'
import { cx } from '@/ui/basic'

import type { Cell } from './cells'
import css from './Grid.module.css'
import type { GridView } from './shape'
import tone from '@/ui/tone.module.css'

interface GridCellProps {
  cell: Cell
  row: number
  column: number
  name: string
  lesson: GradebookLesson | undefined
  view: GridView
  /** `today`, `future` or nothing. */
  when: string
  selected: boolean
  onPlace: () => void
  onDetails: () => void
}

/** One cell. There are two thousand of them: drawn again only when something in it is seen to change. */
export const GridCell = memo(function GridCell(props: GridCellProps) {
  const { cell, row, column, name, lesson, view, when, selected, onPlace, onDetails } = props
  const { t } = useTranslation('journal')
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the grid hears the keys of all its cells
    <div
      role="gridcell"
      aria-colindex={column + 2}
      aria-selected={selected}
      aria-label={cellLabel(t, name, lesson, cell)}
      data-cell={`${row}:${column}`}
      tabIndex={selected ? 0 : -1}
      className={cx(
        css.cell,
        css[when],
        selected && css.selected,
        (cell.state === 'waiting' || cell.state === 'sending') && css.dot,
        cell.state !== '' && css[cell.state],
      )}
      onFocus={onPlace}
      onClick={onPlace}
      onDoubleClick={onDetails}
    >
      <CellText cell={cell} view={view} />
    </div>
  )
}, same)

const SHOWN = ['row', 'column', 'name', 'lesson', 'view', 'when', 'selected'] as const

/** Cells come new with every answer of the server; what they say mostly stays. */
function same(before: GridCellProps, after: GridCellProps): boolean {
  const { cell } = before
  return (
    SHOWN.every((name) => before[name] === after[name]) &&
    cell.mark === after.cell.mark &&
    cell.attendance === after.cell.attendance &&
    cell.state === after.cell.state
  )
}

export function CellText({ cell, view }: { cell: Cell; view: GridView }) {
  const { t } = useTranslation()
  return (
    <>
      {view === 'marks' && cell.mark && <b className={tone[`m${cell.mark}`]}>{cell.mark}</b>}{' '}
      {cell.attendance !== 'PRESENT' && <i>{t(`attendance.code.${cell.attendance}`)}</i>}
    </>
  )
}

/** Begins with what is seen in the cell, so that speaking it finds the cell. */
function cellLabel(t: TFunction<'journal'>, name: string, lesson: GradebookLesson | undefined, cell: Cell): string {
  const code = cell.attendance === 'PRESENT' ? '' : t(`common:attendance.code.${cell.attendance}`)
  return [
    name,
    lesson ? dayMonth(lesson.day) : '',
    cell.mark ? t('cell.mark', { value: [cell.mark, code].filter(Boolean).join(' ') }) : code,
    code && t(`common:attendance.name.${cell.attendance}`),
    cell.state ? t(`cell.state.${cell.state}`) : '',
  ]
    .filter(Boolean)
    .join(', ')
}
