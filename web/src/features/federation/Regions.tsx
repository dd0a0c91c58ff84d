import { useTranslation } from 'react-i18next'

import type { FederalCell, Measure } from '@/api/federation'
import { dayMonth, moment } from '@/lib/format'
import { Card, Chip, cx } from '@/ui/basic'

import css from '@/ui/figures.module.css'
import { valueOf } from './figures'

const tones = { FRESH: 'good', LATE: 'warn', MISSING: 'bad' } as const

interface RegionsProps {
  cells: FederalCell[]
  measure: Measure
  chosen: string
  onChoose: (code: string) => void
}

/** One line a region: how fresh its word is, and the chosen figure. */
export function Regions({ cells, measure, chosen, onChoose }: RegionsProps) {
  const { t } = useTranslation('federation')
  return (
    <Card title={t('table.title')} sub={t('table.sub')}>
      <div className={css.scroll}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{t('column.name')}</th>
              <th scope="col">{t('column.state')}</th>
              <th scope="col" className={css.number}>
                {t(`measure.${measure}`)}
              </th>
              <th scope="col">{t('column.newest')}</th>
              <th scope="col">{t('column.received')}</th>
            </tr>
          </thead>
          <tbody>
            {cells.map((cell) => (
              <tr key={cell.code} className={cx(cell.code === chosen && css.chosen)}>
                <td>
                  <button type="button" className={css.rowButton} aria-pressed={cell.code === chosen} onClick={() => onChoose(cell.code === chosen ? '' : cell.code)}>
                    {cell.name}
                  </button>
                </td>
                <td>
                  <Chip tone={tones[cell.state]}>{t(`state.${cell.state}`)}</Chip>
                </td>
                <td className={css.number}>{valueOf(cell, measure, t)}</td>
                <td>{cell.newest_first_day ? t('weekOf', { day: dayMonth(cell.newest_first_day) }) : '—'}</td>
                <td>{cell.received_at_ms ? moment(cell.received_at_ms) : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  )
}
