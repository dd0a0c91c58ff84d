import { Button } from '@mantine/core'
import { Link, useSearch } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { loginAgainAddress } from '@/api/session'

import { HELP } from './help'
import { textOf } from './refusal'
import { Sheet } from './Sheet'
import css from './SignIn.module.css'

/** Why signing in did not work, the way out, and the number to quote. */
export function ProblemPage() {
  const { t, i18n } = useTranslation('refusal')
  const { code = 'UNKNOWN', ref, why = '' } = useSearch({ from: '/signin/problem' })
  const text = `code.${textOf(code, (key) => i18n.exists(key))}`
  return (
    <Sheet>
      <h1>{t(`${text}.title`)}</h1>
      <p>{t(`${text}.cause`)}</p>
      {i18n.exists(`refusal:why.${why}`) && <p style={{ marginTop: 8 }}>{t(`why.${why}`)}</p>}
      <p style={{ marginTop: 8 }}>{t(`${text}.way`)}</p>
      <div className={css.actions}>
        <Button component="a" href={loginAgainAddress} variant="filled">
          {t('again')}
        </Button>
        <Button component="a" href="/signin">
          {t('start')}
        </Button>
      </div>
      <ul className={css.facts}>
        <li>{t('quote', { code })}</li>
        <li>
          <Link to="/status">{t('common:act.status')}</Link>
        </li>
        {ref && <li>{t('reference', { reference: ref })}</li>}
        <li>
          <Link to="/help/$topic" params={{ topic: HELP }}>
            {t('help')}
          </Link>
        </li>
      </ul>
    </Sheet>
  )
}
