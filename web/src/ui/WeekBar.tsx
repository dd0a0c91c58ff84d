import { Button } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { dayMonth } from '@/lib/format'

import { cx } from './basic'
import css from './WeekBar.module.css'

export interface WeekDays {
  monday: string
  sunday: string
  previous: string
  next: string
}

/** A school week and its neighbours; not printed. */
export function WeekBar({ week, onGo }: { week: WeekDays; onGo: (monday: string) => void }) {
  const { t } = useTranslation()
  return (
    <div className={cx(css.bar, 'no-print')}>
      <Button aria-label={t('week.previous')} onClick={() => onGo(week.previous)}>
        <IconChevronLeft size={18} aria-hidden />
      </Button>
      <b>
        {dayMonth(week.monday)} — {dayMonth(week.sunday)}
      </b>
      <Button aria-label={t('week.next')} onClick={() => onGo(week.next)}>
        <IconChevronRight size={18} aria-hidden />
      </Button>
    </div>
  )
}
