import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { signIn } from '@/api/signin'

import { Sheet } from './Sheet'

/** End of a sign-in in a second window: tell the first one and close. */
export function DonePage() {
  const { t } = useTranslation('signin')
  useEffect(() => {
    signIn.announce('signed-in')
    window.close()
  }, [])
  return (
    <Sheet>
      <h1>{t('done.title')}</h1>
      <p>{t('done.text')}</p>
    </Sheet>
  )
}
