import { memo } from 'react'

import type { GradebookLesson } from '@/api/journal'
import { average } from '@/lib/format'
import { cx } from '@/ui/basic'

import { markTone, type Row } from './cells'
import css from './Grid.module.css'
import { GridCell } from './GridCell'
import type { GridView, Span } from './shape'
import type { CellPlace } from './useJournal'
import tone from '@/ui/tone.module.css'

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
          <GridCell
            key={lesson?.id ?? column}
            cell={cell}
            row={index}
            column={column}
            name={row.student.name}
            lesson={lesson}
            view={view}
            when={places[column] ?? ''}
            selected={column === selected}
            onPlace={() => onPlace(place)}
            onDetails={() => onDetails(place)}
          />
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
