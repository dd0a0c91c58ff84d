import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { cx } from './basic'
import css from './charts.module.css'

export interface Bar {
  key: string
  label: string
  value: number
  /** The value in words, written at the end of the bar. */
  text: string
  tone?: 'primary' | 'warn'
}

interface ChartProps {
  caption: string
  rows: Bar[]
  max?: number
}

/** Bars lying down, one a line, longest names allowed; can be read as a table. */
export function BarList({ caption, rows, max }: ChartProps) {
  const top = max ?? Math.max(1, ...rows.map((row) => row.value))
  const named = rows.some((row) => row.label.length > 5)
  return (
    <WithTable caption={caption} rows={rows}>
      <ul className={cx(css.list, named && css.named)} aria-label={caption}>
        {rows.map((row) => (
          <li key={row.key} className={css.row}>
            <span className={css.label} title={row.label}>
              {row.label}
            </span>
            <span className={css.track}>
              <span className={cx(css.fill, row.tone === 'warn' && css.warn)} style={{ display: 'block', width: `${Math.min(100, (row.value / top) * 100)}%` }} />
            </span>
            <span className={css.value}>{row.text}</span>
          </li>
        ))}
      </ul>
    </WithTable>
  )
}

interface ColumnsProps extends ChartProps {
  /** The whole of which the column is a part, by key; drawn pale behind it. */
  whole?: Record<string, number>
  onPick?: (key: string) => void
}

/** Columns over time, each with its own figure. */
export function Columns({ caption, rows, whole, onPick }: ColumnsProps) {
  const top = Math.max(1, ...rows.map((row) => Math.max(row.value, whole?.[row.key] ?? 0)))
  const share = (value: number) => `${(value / top) * 100}%`
  return (
    <WithTable caption={caption} rows={rows}>
      <div className={css.columns} role="group" aria-label={caption}>
        {rows.map((row) => {
          const rest = Math.max(0, (whole?.[row.key] ?? 0) - row.value)
          const inside = (
            <>
              <span className={css.stack}>
                {rest > 0 && <span className={css.behind} style={{ height: share(rest) }} />}
                <span className={css.block} style={{ height: share(row.value), ...(rest > 0 ? { borderRadius: 0 } : {}) }} />
              </span>
              <b>{row.text}</b>
              <small>{row.label}</small>
            </>
          )
          return onPick ? (
            <button key={row.key} type="button" className={css.column} onClick={() => onPick(row.key)}>
              {inside}
            </button>
          ) : (
            <div key={row.key} className={css.column}>
              {inside}
            </div>
          )
        })}
      </div>
    </WithTable>
  )
}

function WithTable({ caption, rows, children }: { caption: string; rows: Bar[]; children: ReactNode }) {
  const { t } = useTranslation()
  const [table, setTable] = useState(false)
  return (
    <>
      {table ? (
        <table className={css.table}>
          <caption className="visually-hidden">{caption}</caption>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.label}</th>
                <td>{row.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        children
      )}
      <button type="button" className={cx(css.toggle, 'no-print')} onClick={() => setTable(!table)}>
        {t(table ? 'act.showChart' : 'act.showTable')}
      </button>
    </>
  )
}
