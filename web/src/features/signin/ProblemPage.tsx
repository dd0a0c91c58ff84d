import { Button } from '@mantine/core'
import { useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { loginAddress } from '@/api/session'

import { Sheet } from './Sheet'
import css from './SignIn.module.css'

/** Why signing in did not work, the way out, and the number to quote. */
export function ProblemPage() {
  const { t, i18n } = useTranslation('signin')
  const { code = 'UNKNOWN', ref } = useSearch({ from: '/signin/problem' })
  const known = i18n.exists(`signin:problem.${code}.title`) ? code : 'UNKNOWN'
  return (
    <Sheet>
      <h1>{t(`problem.${known}.title`)}</h1>
      <p>{t(`problem.${known}.cause`)}</p>
      <p style={{ marginTop: 8 }}>{t(`problem.${known}.way`)}</p>
      <div className={css.actions}>
        <Button component="a" href={loginAddress('/')} variant="filled">
          {t('again')}
        </Button>
        <Button component="a" href="/signin">
          {t('start')}
        </Button>
      </div>
      <p className={css.facts}>
        {t('problem.quote', { code })}
        {ref && <> · {ref}</>}
      </p>
    </Sheet>
  )
}
