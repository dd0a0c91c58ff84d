import { useTranslation } from 'react-i18next'

import type { SchoolRequest } from '@/api/family'
import { Chip } from '@/ui/basic'

import css from './Family.module.css'

/** What of the family's numbers fits, for the school: never the numbers. */
export function Evidence({ found }: { found: SchoolRequest['evidence'] }) {
  const { t } = useTranslation('kids')
  return (
    <div className={css.acts}>
      {found.length === 0 && <Chip>{t('evidence.none')}</Chip>}
      {found.map((one) => (
        <Chip key={one} tone="good">
          {t(`evidence.${one}`)}
        </Chip>
      ))}
    </div>
  )
}
