import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'

import type { Row } from './cells'
import css from './Grid.module.css'
import { GridHead } from './GridHead'
import { GridRow } from './GridRow'
import { keyAct, type KeyAct } from './keys'
import { COLUMN, initialScroll, NAMES, spanOf, spareOf, TOTAL, type GridView, type Span } from './shape'
import type { CellPlace } from './useJournal'

const OVERSCAN = 4

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
  // A teacher who opens the journal types at once; somebody who is busy elsewhere on the page is left alone.
  const grabFocus = useRef(document.activeElement === document.body)
  const names = NAMES + useSpare(scroll, page.lessons.length)
  // The virtualizer is the reason why this component must not be memoized by a compiler.
  // eslint-disable-next-line react-hooks/incompatible-library
  const columns = useVirtualizer({
    horizontal: true,
    count: page.lessons.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => COLUMN,
    overscan: OVERSCAN,
    scrollMargin: names,
    scrollPaddingStart: names,
    scrollPaddingEnd: TOTAL,
    initialRect: { width: 900, height: 600 },
  })
  // After the virtualizer's own effect, which sets the scroll to the beginning.
  useLayoutEffect(() => {
    const element = scroll.current
    if (element) element.scrollLeft = initialScroll(start.current, page.lessons.length, element.clientWidth)
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only at the opening; later the teacher scrolls
  }, [])
  const items = columns.getVirtualItems()
  const { first, last, before, after } = spanOf(items[0]?.index ?? 0, items[items.length - 1]?.index ?? -1, page.lessons.length)
  const span: Span = useMemo(() => ({ first, last, before, after }), [first, last, before, after])
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
      <div className={css.scroll} ref={scroll} style={{ '--names': `${names}px` } as CSSProperties}>
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

/** Follows the width of the window: see `spareOf`. */
function useSpare(scroll: RefObject<HTMLDivElement | null>, columns: number): number {
  const [spare, setSpare] = useState(0)
  useLayoutEffect(() => {
    const element = scroll.current
    if (!element) return undefined
    const measure = () => setSpare(spareOf(element.clientWidth, columns))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [scroll, columns])
  return spare
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
