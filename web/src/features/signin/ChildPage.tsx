import { Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link, Navigate } from '@tanstack/react-router'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { signInByCode } from '@/api/pairings'
import { useMaybeSession } from '@/app/session'
import { startAnew } from '@/app/signing'
import { Note } from '@/ui/basic'

import { isWhole, keptChildCode, readCode, showCode } from './childCode'
import { ChildRefusal } from './ChildRefusal'
import { DeviceButton, useDeviceName } from './DeviceButton'
import { Sheet } from './Sheet'
import css from './SignIn.module.css'

/** A child under 14 signs in: by the device, or by a code of a parent's. */
export function ChildPage() {
  const { t } = useTranslation('signin')
  const session = useMaybeSession()
  const name = useDeviceName()
  const [code, setCode] = useState(keptChildCode)
  const entering = useMutation({ mutationFn: () => signInByCode(code), onSuccess: startAnew })
  if (session?.authenticated && !keptChildCode() && entering.isIdle) return <Navigate to="/" replace />
  const enter = (event: SyntheticEvent) => {
    event.preventDefault()
    if (isWhole(code)) entering.mutate()
  }
  return (
    <Sheet>
      <h1>{t('childPage.title')}</h1>
      <DeviceButton onSignedIn={startAnew} forgettable />
      <p className={css.lead}>{t(name ? 'childPage.other' : 'childPage.lead')}</p>
      {session?.authenticated && (
        <div className={css.actions}>
          <Note>{t('childPage.somebody', { name: session.person?.display_name })}</Note>
        </div>
      )}
      <form onSubmit={enter}>
        <TextInput
          className={css.code}
          label={t('childPage.code')}
          description={t('childPage.signs')}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          size="lg"
          value={showCode(code)}
          onChange={(event) => setCode(readCode(event.currentTarget.value))}
        />
        {entering.error && (
          <div className={css.refusal}>
            <ChildRefusal error={entering.error} />
          </div>
        )}
        <div className={css.actions}>
          <Button type="submit" variant={name ? 'default' : 'filled'} className={css.full} loading={entering.isPending} disabled={!isWhole(code)}>
            {t('childPage.enter')}
          </Button>
        </div>
      </form>
      <ul className={css.facts}>
        <li>{t('childPage.where')}</li>
        <li>{t('childPage.fourteen')}</li>
        <li>
          <Link to="/signin">{t('childPage.gosuslugi')}</Link>
        </li>
      </ul>
    </Sheet>
  )
}
