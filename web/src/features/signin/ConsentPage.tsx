import { Button, Checkbox } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { getConsents, giveConsents, type ConsentText } from '@/api/session'
import { leave } from '@/app/signing'
import { sessionQuery } from '@/app/session'
import { Loaded, ProblemState } from '@/ui/states'

import { Sheet } from './Sheet'
import css from './SignIn.module.css'

export function ConsentPage() {
  const { t } = useTranslation('signin')
  const query = useQuery({ queryKey: ['consents'], queryFn: getConsents })
  return (
    <Sheet wide>
      <h1>{t('consent.title')}</h1>
      <p className={css.lead}>{t('consent.lead')}</p>
      <div style={{ marginTop: 16 }}>
        <Loaded query={query} skeleton={[24, 160, 38]}>
          {(data) => <Consents consents={data.consents} />}
        </Loaded>
      </div>
    </Sheet>
  )
}

function Consents({ consents }: { consents: ConsentText[] }) {
  const { t } = useTranslation('signin')
  const client = useQueryClient()
  const navigate = useNavigate()
  const [given, setGiven] = useState<string[]>([])
  const giving = useMutation({
    mutationFn: () => giveConsents(consents.map(({ purpose, version }) => ({ purpose, version }))),
    onSuccess: async () => {
      await client.refetchQueries(sessionQuery)
      await navigate({ to: '/' })
    },
  })
  const toggle = (purpose: string) =>
    setGiven((now) => (now.includes(purpose) ? now.filter((one) => one !== purpose) : [...now, purpose]))
  return (
    <>
      {consents.map((consent) => (
        <section key={consent.purpose} className={css.consent}>
          <h2>{consent.title}</h2>
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled text must be reachable by keyboard */}
          <div className={css.text} role="region" aria-label={consent.title} tabIndex={0}>
            {consent.text}
          </div>
          <Checkbox
            label={t('consent.agree')}
            description={t('consent.version', { version: consent.version })}
            checked={given.includes(consent.purpose)}
            onChange={() => toggle(consent.purpose)}
          />
        </section>
      ))}
      {giving.error && <ProblemState problem={asProblem(giving.error)} />}
      <div className={css.actions}>
        <Button
          variant="filled"
          loading={giving.isPending}
          disabled={given.length < consents.length}
          onClick={() => giving.mutate()}
        >
          {t('consent.give')}
        </Button>
        <Button onClick={() => void leave()}>{t('consent.refuse')}</Button>
      </div>
      <p className={css.facts}>{t('consent.refuseText')}</p>
    </>
  )
}
