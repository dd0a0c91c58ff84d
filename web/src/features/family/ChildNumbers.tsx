import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { NewRequest } from '@/api/family'

import css from './Family.module.css'

type Card = Required<Pick<NewRequest, 'snils' | 'certificate_series' | 'certificate_number'>>

export const noCard: Card = { snils: '', certificate_series: '', certificate_number: '' }

export const trimmed = (card: Card): Card => ({
  snils: card.snils.trim(),
  certificate_series: card.certificate_series.trim(),
  certificate_number: card.certificate_number.trim(),
})

/** What helps the school to be sure. Compared once, kept nowhere: not on this device either. */
export function ChildNumbers({ card, onChange }: { card: Card; onChange: (card: Card) => void }) {
  const { t } = useTranslation('kids')
  const [open, setOpen] = useState(false)
  if (!open) {
    return (
      <Button size="xs" onClick={() => setOpen(true)}>
        {t('numbers.open')}
      </Button>
    )
  }
  return (
    <fieldset className={css.pick}>
      <legend>{t('numbers.about')}</legend>
      <TextInput label={t('numbers.snils')} placeholder={t('numbers.snilsExample')} inputMode="numeric" autoComplete="off" maxLength={20} value={card.snils} onChange={(event) => onChange({ ...card, snils: event.currentTarget.value })} />
      <TextInput label={t('numbers.series')} description={t('numbers.seriesHint')} autoComplete="off" maxLength={20} value={card.certificate_series} onChange={(event) => onChange({ ...card, certificate_series: event.currentTarget.value })} />
      <TextInput label={t('numbers.number')} inputMode="numeric" autoComplete="off" maxLength={30} value={card.certificate_number} onChange={(event) => onChange({ ...card, certificate_number: event.currentTarget.value })} />
    </fieldset>
  )
}
