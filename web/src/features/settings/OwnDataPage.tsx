import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { Sheet } from '@/features/signin/Sheet'

import { AccessCard } from './AccessCard'
import { ErasureCard } from './ErasureCard'
import { ExportCard } from './ExportCard'
import css from './Settings.module.css'

/** What a person may ask about the own data without having consented to anything: it is theirs all the same. */
export function OwnDataPage() {
  const { t } = useTranslation('privacy')
  return (
    <Sheet wide>
      <h1>{t('own.title')}</h1>
      <p>{t('own.lead')}</p>
      <div className={css.own}>
        <AccessCard />
        <ExportCard />
        <ErasureCard />
      </div>
      <p>
        <Link to="/">{t('own.back')}</Link>
      </p>
    </Sheet>
  )
}
