import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'

import type { Row } from './cells'
import css from './Grid.module.css'
import { GridHead } from './GridHead'
import { GridRow, type Span } from './GridRow'
import { keyAct, type KeyAct } from './keys'
import type { CellPlace } from './useJournal'

export const COLUMN = 34
const NAMES = 178
const TOTAL = 64
const OVERSCAN = 10

export type GridView = 'marks' | 'attendance'

interface GridProps {
  page: GradebookPage
  rows: Row[]
  view: GridView
  place: CellPlace
  onPlace: (place: CellPlace) => void
  onAct: (act: KeyAct, place: CellPlace) => void
  /** Drawn over the grid, placed by the cell it belongs to. */
  overlay?: ReactNode
  foot: ReactNode
}

/** The class page: names fixed on the left, totals on the right, only the visible lessons drawn between them. */
export function Grid({ page, rows, view, place, onPlace, onAct, overlay, foot }: GridProps) {
  const { t } = useTranslation('journal')
  const scroll = useRef<HTMLDivElement>(null)
  const start = useRef(place.column)
  const grabFocus = useRef(false)
  const printing = usePrinting()
  // The virtualizer is the reason why this component must not be memoized by a compiler.
  // eslint-disable-next-line react-hooks/incompatible-library
  const columns = useVirtualizer({
    horizontal: true,
    count: page.lessons.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => COLUMN,
    overscan: OVERSCAN,
    scrollMargin: NAMES,
    scrollPaddingStart: NAMES,
    scrollPaddingEnd: TOTAL,
    initialRect: { width: 900, height: 600 },
  })
  // After the virtualizer's own effect, which sets the scroll to the beginning.
  useLayoutEffect(() => {
    const element = scroll.current
    if (element) element.scrollLeft = initialScroll(start.current, element.clientWidth)
  }, [])
  const items = columns.getVirtualItems()
  const first = printing ? 0 : (items[0]?.index ?? 0)
  const last = printing ? page.lessons.length - 1 : (items[items.length - 1]?.index ?? -1)
  const span: Span = useMemo(
    () => ({ first, last, before: first * COLUMN, after: (page.lessons.length - 1 - last) * COLUMN }),
    [first, last, page.lessons.length],
  )
  const places = useMemo(
    () => page.lessons.map((lesson) => (lesson.day === page.today ? 'today' : lesson.day > page.today ? 'future' : '')),
    [page],
  )

  useEffect(() => {
    if (!grabFocus.current) return
    grabFocus.current = false
    scroll.current?.querySelector<HTMLElement>(`[data-cell='${place.row}:${place.column}']`)?.focus({ preventScroll: true })
  })

  const go = (next: CellPlace) => {
    const row = Math.max(0, Math.min(rows.length - 1, next.row))
    const column = Math.max(0, Math.min(page.lessons.length - 1, next.column))
    columns.scrollToIndex(column, { align: 'auto' })
    revealRow(scroll.current, row)
    grabFocus.current = true
    onPlace({ row, column })
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const cell = (event.target as HTMLElement).dataset.cell
    const act = cell ? keyAct(event.nativeEvent) : null
    if (!act || act.act === 'leave') return
    event.preventDefault()
    if (act.act === 'move') go({ row: place.row + act.rows, column: place.column + act.columns })
    else if (act.act === 'edge') {
      const row = { same: place.row, first: 0, last: rows.length - 1 }[act.row]
      go({ row, column: act.column === 'first' ? 0 : page.lessons.length - 1 })
    } else onAct(act, place)
  }

  return (
    <div className={css.box}>
      <div className={css.scroll} ref={scroll}>
        {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- the cells take the focus, one at a time */}
        <div
          className={css.grid}
          role="grid"
          aria-label={t('grid.label', { group: page.gradebook.group_name, subject: page.gradebook.subject })}
          aria-rowcount={rows.length + 1}
          aria-colcount={page.lessons.length + 2}
          onKeyDown={onKeyDown}
        >
          <GridHead page={page} view={view} span={span} places={places} chosen={place.column} onChoose={(column) => go({ row: place.row, column })} />
          {rows.map((row, index) => (
            <GridRow
              key={row.student.id}
              row={row}
              index={index}
              view={view}
              span={span}
              places={places}
              lessons={page.lessons}
              selected={index === place.row ? place.column : -1}
              onPlace={onPlace}
              onDetails={(at) => onAct({ act: 'details' }, at)}
            />
          ))}
        </div>
      </div>
      {foot}
      {overlay}
    </div>
  )
}

/** Opens with the present lesson in sight and a few coming ones after it. */
function initialScroll(column: number, width: number): number {
  return Math.max(0, (column + 4) * COLUMN - (width - NAMES - TOTAL))
}

/** Scrolls the least that brings a row out from under the head. */
function revealRow(element: HTMLElement | null, row: number): void {
  const target = element?.querySelector<HTMLElement>(`[data-row='${row}']`)
  const head = element?.querySelector<HTMLElement>('[data-head]')
  if (!element || !target || !head) return
  const top = target.offsetTop - head.offsetHeight
  const bottom = target.offsetTop + target.offsetHeight
  if (element.scrollTop > top) element.scrollTop = top
  else if (element.scrollTop + element.clientHeight < bottom) element.scrollTop = bottom - element.clientHeight
}

/** Paper has no scroll: all columns are drawn while printing. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false)
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true))
    const after = () => setPrinting(false)
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', after)
    return () => {
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', after)
    }
  }, [])
  return printing
}
