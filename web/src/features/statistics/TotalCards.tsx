import { useTranslation } from 'react-i18next'

import type { Indicator, Totals } from '@/api/statistics'
import { number } from '@/lib/format'

import css from '@/ui/figures.module.css'

/** Which list of lessons stands behind a total; the others are plain figures. */
const behind: Partial<Record<string, Indicator>> = {
  described: 'topics',
  homework: 'homework',
  marks: 'marks',
  attendance: 'attendance',
}

const order = ['lessons', 'described', 'marks', 'homework', 'attendance', 'teachers_active', 'families_active', 'acknowledgements', 'messages', 'item_openings']

interface TotalCardsProps {
  totals: Totals & { teachers_active?: number; families_active?: number }
  chosen: Indicator | undefined
  onShow: (indicator: Indicator) => void
}

export function TotalCards({ totals, chosen, onShow }: TotalCardsProps) {
  const { t } = useTranslation('statistics')
  return (
    <div className={css.totals}>
      {order.map((name) => {
        const value = totals[name as keyof Totals] as number | undefined
        if (value === undefined) return null
        const indicator = behind[name]
        const inside = (
          <>
            <b>{number(value)}</b>
            <span>{t(`total.${name}`)}</span>
          </>
        )
        return indicator ? (
          <button key={name} type="button" className={css.total} aria-pressed={chosen === indicator} onClick={() => onShow(indicator)}>
            {inside}
            <em className="no-print">{t('total.show')}</em>
          </button>
        ) : (
          <div key={name} className={css.total}>
            {inside}
          </div>
        )
      })}
    </div>
  )
}
