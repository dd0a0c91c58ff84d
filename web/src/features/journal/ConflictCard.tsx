import { Button } from '@mantine/core'
import { useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { dayMonth, shortName, time } from '@/lib/format'

import css from './Cards.module.css'
import type { Entry } from './queue'
import tone from '@/ui/tone.module.css'

const WIDTH = 300
const GAP = 8

interface ConflictCardProps {
  page: GradebookPage
  entry: Entry
  onKeep: () => void
  onMine: () => void
}

/** Two people wrote one cell: both values, who and when, and the choice. Stands beside the cell, never over it. */
export function ConflictCard({ page, entry, onKeep, onMine }: ConflictCardProps) {
  const { t } = useTranslation('journal')
  const ref = useRef<HTMLDivElement>(null)
  const place = useMemoPlace(page, entry)
  const [at, setAt] = useState<{ left: number; top: number } | null>(null)
  useLayoutEffect(() => setAt(besideCell(ref.current, place)), [place])
  const student = page.students.find((one) => one.id === entry.studentId)
  const lesson = page.lessons.find((one) => one.id === entry.lessonId)
  const stored = entry.conflict
  if (!student || !lesson || !stored) return null
  const word = (value: string) => valueWord(t, entry.kind, value)
  return (
    <div
      ref={ref}
      className={css.card}
      role="dialog"
      aria-label={t('conflict.title')}
      style={{ width: WIDTH, ...(at ?? { left: 0, top: 0, visibility: 'hidden' }) }}
    >
      <h3>{t('conflict.title')}</h3>
      <p>
        {student.name}, {dayMonth(lesson.day)}
      </p>
      <p>
        {shortName(stored.author)}: <b className={tone[`m${stored.value}`]}>{word(stored.value)}</b> {t('conflict.at', { time: time(stored.at) })}
      </p>
      <p>
        {t('conflict.you')}: <b className={tone[`m${entry.value}`]}>{word(entry.value)}</b> {t('conflict.at', { time: time(entry.at) })}
      </p>
      <div className={css.choices}>
        <Button size="xs" onClick={onKeep}>
          {t('conflict.keep', { value: word(stored.value) })}
        </Button>
        <Button size="xs" variant="filled" onClick={onMine}>
          {t('conflict.takeMine', { value: word(entry.value) })}
        </Button>
      </div>
    </div>
  )
}

function useMemoPlace(page: GradebookPage, entry: Entry): string {
  const row = page.students.findIndex((one) => one.id === entry.studentId)
  const column = page.lessons.findIndex((one) => one.id === entry.lessonId)
  return `${row}:${column}`
}

function besideCell(card: HTMLElement | null, place: string): { left: number; top: number } | null {
  const box = card?.parentElement
  const cell = box?.querySelector<HTMLElement>(`[data-cell='${place}']`)
  if (!card || !box) return null
  const frame = box.getBoundingClientRect()
  // The cell is scrolled out of sight: the card waits in the corner, it names the cell itself.
  if (!cell) return { left: frame.width - WIDTH - 16, top: frame.height - card.offsetHeight - 56 }
  const at = cell.getBoundingClientRect()
  const right = at.right - frame.left + GAP
  const left = right + WIDTH < frame.width ? right : at.left - frame.left - WIDTH - GAP
  const top = Math.min(at.top - frame.top - 8, frame.height - card.offsetHeight - 52)
  return { left: Math.max(8, left), top: Math.max(8, top) }
}

export function valueWord(t: (key: string) => string, kind: Entry['kind'], value: string): string {
  if (kind === 'attendance') return t(`common:attendance.name.${value || 'PRESENT'}`)
  return value || t('conflict.empty')
}
