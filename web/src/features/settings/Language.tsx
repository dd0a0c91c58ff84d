import { useTranslation } from 'react-i18next'

import { Card, Segments } from '@/ui/basic'

export function Language() {
  const { t, i18n } = useTranslation('settings')
  return (
    <Card title={t('language')}>
      <div style={{ marginTop: 12 }}>
        <Segments
          label={t('language')}
          value={i18n.language === 'en' ? 'en' : 'ru'}
          options={[
            { value: 'ru', label: 'Русский' },
            { value: 'en', label: 'English' },
          ]}
          onChange={(language) => void i18n.changeLanguage(language)}
        />
      </div>
    </Card>
  )
}
