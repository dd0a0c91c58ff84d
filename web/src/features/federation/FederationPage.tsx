import { NativeSelect } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getFederation, type FederalCell, type Federation, type Measure } from '@/api/federation'
import { dayMonth, number } from '@/lib/format'
import { Card, Note, PageHead } from '@/ui/basic'
import { BarList } from '@/ui/charts'
import { Empty, Loaded } from '@/ui/states'

import css from '@/ui/figures.module.css'
import { Regions } from './Regions'
import { figureOf, MEASURES, valueOf } from './figures'

/** All regions of the register side by side; a region that is late or silent is told as such. */
export function FederationPage() {
  const { t } = useTranslation('federation')
  const [week, setWeek] = useState('')
  const query = useQuery({
    queryKey: ['federation', week],
    queryFn: () => getFederation(week || undefined),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })
  const { first_day, last_day, weeks = [] } = query.data ?? {}
  const sub = !query.data ? '\u00a0' : first_day && last_day ? t('sub', { first: dayMonth(first_day), last: dayMonth(last_day) }) : t('subEmpty')
  return (
    <>
      <PageHead title={t('title')} sub={sub}>
        {weeks.length > 1 && (
          <NativeSelect
            aria-label={t('week')}
            value={week || (first_day ?? '')}
            data={weeks.map((day) => ({ value: day, label: t('weekOf', { day: dayMonth(day) }) }))}
            onChange={(event) => setWeek(event.currentTarget.value)}
          />
        )}
      </PageHead>
      <Loaded query={query} skeleton={[90, 240, 240]}>
        {(data) => (data.cells.length > 0 ? <Overview data={data} /> : <Empty>{t('noCells')}</Empty>)}
      </Loaded>
    </>
  )
}

function Overview({ data }: { data: Federation }) {
  const { t } = useTranslation('federation')
  const [measure, setMeasure] = useState<Measure>('lessons')
  const [code, setCode] = useState('')
  const chosen = data.cells.find((cell) => cell.code === code)
  const late = data.cells.filter((cell) => cell.state !== 'FRESH')
  return (
    <>
      {late.length > 0 && (
        <div className={css.late}>
          <Note>{t('late', { count: late.length, names: late.map((cell) => cell.name).join(', ') })}</Note>
        </div>
      )}
      <Totals data={data} chosen={measure} onChoose={setMeasure} />
      <div className={css.two}>
        <Card title={`${t('chart.title')}: ${t(`measure.${measure}`).toLowerCase()}`} sub={t('chart.sub')}>
          <BarList
            caption={t('chart.title')}
            rows={data.cells.map((cell) => ({ key: cell.code, label: cell.name, value: figureOf(cell, measure)?.value ?? 0, text: valueOf(cell, measure, t) }))}
          />
        </Card>
        {chosen && <Parts cell={chosen} measure={measure} />}
      </div>
      <Regions cells={data.cells} measure={measure} chosen={code} onChoose={setCode} />
    </>
  )
}

function Totals({ data, chosen, onChoose }: { data: Federation; chosen: Measure; onChoose: (measure: Measure) => void }) {
  const { t } = useTranslation('federation')
  return (
    <div className={css.totals} role="group" aria-label={t('chart.measure')}>
      {MEASURES.map((measure) => {
        const total = data.totals.find((one) => one.measure === measure)
        return (
          <button key={measure} type="button" className={css.total} aria-pressed={measure === chosen} onClick={() => onChoose(measure)}>
            <b>{total ? number(total.value) : '—'}</b>
            <span>{t(`measure.${measure}`)}</span>
            <em>{t('of', { count: total?.cells ?? 0, all: data.cells.length })}</em>
          </button>
        )
      })}
    </div>
  )
}

function Parts({ cell, measure }: { cell: FederalCell; measure: Measure }) {
  const { t } = useTranslation('federation')
  const parts = figureOf(cell, measure)?.parts ?? []
  const title = `${t('parts.title')}: ${t(`measure.${measure}`).toLowerCase()}`
  return (
    <Card title={title} sub={t('parts.sub', { name: cell.name })}>
      {parts.length === 0 ? (
        <p className={css.none}>{t('parts.none')}</p>
      ) : (
        <BarList
          caption={title}
          rows={parts.map((part) => ({
            key: part.name,
            label: part.name
              .split('+')
              .map((name) => t(`part.${name}`))
              .join(', '),
            value: part.value,
            text: number(part.value),
          }))}
        />
      )}
    </Card>
  )
}
