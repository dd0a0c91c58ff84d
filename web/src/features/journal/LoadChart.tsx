import { useTranslation } from 'react-i18next'

import type { Lesson } from '@/api/journal'
import { shortDate, weekday } from '@/lib/format'
import { cx } from '@/ui/basic'

import css from './Journal.module.css'

/** Minutes of homework a day that the sanitary rules allow, by grade. */
const LIMITS: [number, number][] = [
  [1, 60],
  [3, 90],
  [5, 120],
  [8, 150],
  [11, 210],
]

export function homeworkLimit(groupName: string): number {
  const grade = Number.parseInt(groupName, 10)
  return LIMITS.find(([last]) => grade <= last)?.[1] ?? 150
}

/** How much homework the class has on each day of the due week, with this lesson's draft counted in. */
export function LoadChart({ lesson, due, minutes }: { lesson: Lesson; due: string; minutes: number }) {
  const { t } = useTranslation('journal')
  const limit = homeworkLimit(lesson.group_name)
  const own = lesson.homework?.minutes ?? 0
  const days = lesson.load.map((one) => ({ ...one, minutes: one.day === due ? one.minutes - own + minutes : one.minutes }))
  const top = Math.max(limit, ...days.map((one) => one.minutes))
  const total = days.find((one) => one.day === due)?.minutes ?? minutes
  const before = total - minutes
  const over = total > limit
  return (
    <div>
      <p className={css.label}>{t('load.title', { group: lesson.group_name })}</p>
      <div className={css.bars} role="img" aria-label={days.map((one) => t('load.day', { day: shortDate(one.day), count: one.minutes })).join('; ')}>
        {days.map((one) => (
          <div
            key={one.day}
            className={cx(css.bar, one.day === due && (over ? css.over : css.due))}
            style={{ height: `${Math.max(4, (one.minutes / top) * 100)}%` }}
            title={t('load.day', { day: shortDate(one.day), count: one.minutes })}
          />
        ))}
      </div>
      <div className={css.barNames} aria-hidden="true">
        {days.map((one) => (
          <span key={one.day}>{weekday(one.day)}</span>
        ))}
      </div>
      <p className={over ? css.over13 : css.under13}>{t(minutes > 0 ? 'load.with' : 'load.without', { day: shortDate(due), before, limit, total })}</p>
    </div>
  )
}
