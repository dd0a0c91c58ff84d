import { Button } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { TeacherFigures } from '@/api/statistics'
import { moment, number, percent } from '@/lib/format'
import { Card, cx } from '@/ui/basic'

import css from '@/ui/figures.module.css'

type Column = 'name' | 'lessons' | 'described_share' | 'marks' | 'homework' | 'messages' | 'last_act_at_ms'

const COLUMNS: Column[] = ['name', 'lessons', 'described_share', 'marks', 'homework', 'messages', 'last_act_at_ms']
const FIRST = 25

interface TeachersProps {
  teachers: TeacherFigures[]
  onPick: (id: string, name: string) => void
}

export function Teachers({ teachers, onPick }: TeachersProps) {
  const { t } = useTranslation('statistics')
  const [sort, setSort] = useState<{ by: Column; down: boolean }>({ by: 'described_share', down: false })
  const [all, setAll] = useState(false)
  const sorted = [...teachers].sort((a, b) => compare(a[sort.by] ?? 0, b[sort.by] ?? 0) * (sort.down ? -1 : 1))
  const shown = all ? sorted : sorted.slice(0, FIRST)
  return (
    <Card title={t('teachers.title')} sub={t('teachers.sub')}>
      <div className={css.scroll}>
        <table className={css.table}>
          <thead>
            <tr>
              {COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  className={cx(column !== 'name' && css.number)}
                  aria-sort={sort.by === column ? (sort.down ? 'descending' : 'ascending') : 'none'}
                >
                  <button type="button" className={css.sort} onClick={() => setSort({ by: column, down: sort.by === column ? !sort.down : column !== 'name' })}>
                    {t(`column.${column}`)}
                    {sort.by === column && (sort.down ? ' ↓' : ' ↑')}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.teacher_id}>
                <td>
                  <button type="button" className={css.rowButton} onClick={() => onPick(one.teacher_id, one.name)}>
                    {one.name}
                  </button>
                </td>
                <td className={css.number}>{number(one.lessons)}</td>
                <td className={cx(css.number, one.lessons > 0 && one.described_share < 0.8 && css.low)}>{one.lessons > 0 ? percent(one.described_share) : '—'}</td>
                <td className={css.number}>{number(one.marks)}</td>
                <td className={css.number}>{number(one.homework)}</td>
                <td className={css.number}>{number(one.messages)}</td>
                <td className={css.number}>{one.last_act_at_ms ? moment(one.last_act_at_ms) : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all && sorted.length > FIRST && (
        <div className={css.more}>
          <Button onClick={() => setAll(true)}>{t('teachers.all', { count: sorted.length })}</Button>
        </div>
      )}
    </Card>
  )
}

function compare(a: string | number, b: string | number): number {
  return typeof a === 'string' ? a.localeCompare(String(b), 'ru') : a - Number(b)
}
