import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getHistory, type AttendanceStatus, type GradebookLesson } from '@/api/journal'
import { dayMonth, moment, shortName } from '@/lib/format'
import { cx } from '@/ui/basic'
import { Dialog } from '@/ui/Dialog'

import type { Row } from './cells'
import css from './Journal.module.css'
import type { CellPlace, Journal } from './useJournal'
import tone from '@/ui/tone.module.css'

const MARKS = ['5', '4', '3', '2']
const STATUSES: AttendanceStatus[] = ['ABSENT', 'ILL', 'LATE', 'EXCUSED']

interface CellCardProps {
  journal: Journal
  row: Row
  lesson: GradebookLesson
  place: CellPlace
  onClose: () => void
}

/** One cell by mouse or finger: mark, attendance, the reason of a change, and who changed it before. */
export function CellCard({ journal, row, lesson, place, onClose }: CellCardProps) {
  const { t } = useTranslation('journal')
  const [comment, setComment] = useState('')
  const cell = row.cells[place.column]
  if (!cell) return null
  const choose = (act: () => void) => {
    act()
    onClose()
  }
  return (
    <Dialog title={`${row.student.name}, ${dayMonth(lesson.day)}`} onClose={onClose}>
      <div className={css.choices}>
        {MARKS.map((value) => (
          <button
            key={value}
            type="button"
            className={cx(css.choice, tone[`m${value}`])}
            aria-pressed={cell.mark === value}
            onClick={() => choose(() => journal.setMark(place, value, comment))}
          >
            {value}
          </button>
        ))}
        {STATUSES.map((status) => (
          <button
            key={status}
            type="button"
            className={css.choice}
            aria-pressed={cell.attendance === status}
            onClick={() => choose(() => journal.setAttendance(place, cell.attendance === status ? 'PRESENT' : status))}
          >
            {t(`common:attendance.code.${status}`)}
            <small>{t(`attendanceShort.${status}`)}</small>
          </button>
        ))}
      </div>
      {cell.mark !== '' && (
        <TextInput
          label={t('cell.comment')}
          description={t('cell.commentNote')}
          value={comment}
          maxLength={500}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
      )}
      <div className={css.tools} style={{ marginTop: 12 }}>
        <Button onClick={() => choose(() => journal.clear(place))}>{t('cell.clear')}</Button>
      </div>
      {cell.markVersion > 0 && <History lesson={lesson.id} student={row.student.id} />}
    </Dialog>
  )
}

function History({ lesson, student }: { lesson: string; student: string }) {
  const { t } = useTranslation('journal')
  const query = useQuery({ queryKey: ['history', lesson, student], queryFn: () => getHistory(lesson, student), staleTime: 0 })
  if (!query.data?.changes.length) return null
  return (
    <div className={css.history}>
      <h3>{t('cell.history')}</h3>
      <ul>
        {[...query.data.changes].reverse().map((change) => (
          <li key={change.version}>
            <b>
              {change.old_value ? `${change.old_value} → ` : ''}
              {change.new_value || t('conflict.empty')}
            </b>{' '}
            {shortName(change.author_name)}, {moment(change.at_ms)}
            {change.comment && <> — {change.comment}</>}
          </li>
        ))}
      </ul>
    </div>
  )
}
