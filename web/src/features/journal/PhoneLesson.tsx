import { Button } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { average, shortDate } from '@/lib/format'
import { cx, Sub } from '@/ui/basic'

import grid from './Grid.module.css'
import { CellText } from './GridCell'
import css from './Journal.module.css'
import type { GridView } from './shape'
import type { CellPlace, Journal } from './useJournal'

interface PhoneLessonProps {
  page: GradebookPage
  journal: Journal
  view: GridView
  place: CellPlace
  onPlace: (place: CellPlace) => void
  onDetails: (place: CellPlace) => void
  overlay: ReactNode
  foot: ReactNode
}

/** The journal in a hand: one lesson, one line per pupil. */
export function PhoneLesson({ page, journal, view, place, onPlace, onDetails, overlay, foot }: PhoneLessonProps) {
  const { t } = useTranslation('journal')
  const lesson = page.lessons[place.column]
  if (!lesson) return null
  const step = (by: number) => onPlace({ row: place.row, column: place.column + by })
  return (
    <div>
      <div className={css.stepper}>
        <Button aria-label={t('phone.previous')} disabled={place.column === 0} onClick={() => step(-1)}>
          <IconChevronLeft size={18} aria-hidden />
        </Button>
        <div>
          <b>{shortDate(lesson.day)}</b>
          <Sub>{[t('common:lessonNumber', { number: lesson.number }), lesson.topic].filter(Boolean).join(' · ')}</Sub>
        </div>
        <Button aria-label={t('phone.next')} disabled={place.column === page.lessons.length - 1} onClick={() => step(1)}>
          <IconChevronRight size={18} aria-hidden />
        </Button>
      </div>
      <div className={css.pupils} style={{ position: 'relative' }}>
        <ul>
          {journal.rows.map((row, index) => {
            const cell = row.cells[place.column]
            return (
              <li key={row.student.id}>
                <button type="button" className={css.pupil} onClick={() => onDetails({ row: index, column: place.column })}>
                  <span>{index + 1}</span>
                  <span>
                    {row.student.name}
                    <Sub>{row.average === null ? '\u00a0' : t('phone.average', { value: average(row.average) })}</Sub>
                  </span>
                  <span className={cx(css.pupilMark, cell && (cell.state === 'waiting' || cell.state === 'sending') && grid.dot)}>
                    {cell && <CellText cell={cell} view={view} />}
                  </span>
                </button>
              </li>
            )
          })}
        </ul>
        {foot}
        {overlay}
      </div>
    </div>
  )
}
