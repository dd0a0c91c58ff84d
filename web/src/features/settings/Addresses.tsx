import { useTranslation } from 'react-i18next'

import { Card } from '@/ui/basic'

import css from './Settings.module.css'

/** No letters and no text messages leave this system, so no address is asked for: what has no use is not kept. */
export function Addresses() {
  const { t } = useTranslation('settings')
  return (
    <Card title={t('addresses.title')}>
      <div className={css.text}>
        <p>{t('addresses.inside')}</p>
        <p>{t('addresses.none')}</p>
      </div>
    </Card>
  )
}
