import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { AttachedItem } from '@/api/journal'
import { searchItems } from '@/api/library'

import css from './Journal.module.css'

interface ItemPickerProps {
  subject: string
  chosen: AttachedItem[]
  onPick: (item: AttachedItem) => void
}

/** Finds a library item without leaving the lesson. */
export function ItemPicker({ subject, chosen, onPick }: ItemPickerProps) {
  const { t } = useTranslation('journal')
  const [text, setText] = useState('')
  const [q] = useDebouncedValue(text.trim(), 250)
  const found = useQuery({
    queryKey: ['library', 'pick', q],
    queryFn: () => searchItems({ q }, '', 8),
    enabled: q.length > 1,
    placeholderData: keepPreviousData,
  })
  const items = q.length > 1 ? (found.data?.items.filter((item) => !chosen.some((one) => one.item_id === item.id)) ?? []) : []
  return (
    <div>
      <TextInput
        label={t('panel.attach')}
        placeholder={t('panel.attachHint', { subject: subject.toLowerCase() })}
        leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {q.length > 1 && found.data && (
        <ul className={css.found} aria-label={t('panel.found')}>
          {items.map((item) => (
            <li key={item.id}>
              <button
                type="button"
                className={css.foundItem}
                onClick={() => {
                  onPick({ item_id: item.id, title: item.title })
                  setText('')
                }}
              >
                {item.title}
                <small>
                  {[item.subject, t('common:grades', { grades: item.grades.join(', ') }), item.provider_name].filter(Boolean).join(' · ')}
                </small>
              </button>
            </li>
          ))}
          {items.length === 0 && <li className={css.foundItem}>{t('panel.notFound')}</li>}
        </ul>
      )}
    </div>
  )
}
