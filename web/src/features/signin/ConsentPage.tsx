import { Button, Checkbox } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getConsents, giveConsents, type ConsentText } from '@/api/consents'
import { asProblem } from '@/api/problem'
import { ownPath } from '@/api/session'
import { sessionQuery } from '@/app/session'
import { leave } from '@/app/signing'
import { Segments } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import { answersOf, grouped, isComplete, keyOf, type Asked, type Word, type Words } from './answers'
import { Sheet } from './Sheet'
import css from './SignIn.module.css'

export function ConsentPage() {
  const { t } = useTranslation('signin')
  const query = useQuery({ queryKey: ['consents'], queryFn: getConsents })
  return (
    <Sheet wide>
      <h1>{t('consent.title')}</h1>
      <Loaded query={query} skeleton={[24, 160, 38]}>
        {(data) => (data.waiting ? <Waiting /> : <Consents consents={data.consents} />)}
      </Loaded>
    </Sheet>
  )
}

/** Back to where the person was going; nothing is missing any more, or the next page asks for it. */
function useOnward(): () => Promise<void> {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { return_to: returnTo = '/' } = useSearch({ from: '/consent' })
  return async () => {
    await client.refetchQueries(sessionQuery)
    await client.refetchQueries({ queryKey: ['consents'] })
    await navigate({ href: ownPath(returnTo), replace: true })
  }
}

/** A child under 14: a guardian has to answer. */
function Waiting() {
  const { t } = useTranslation('signin')
  const onward = useOnward()
  const looking = useMutation({ mutationFn: onward })
  return (
    <>
      <p className={css.lead}>{t('consent.waiting')}</p>
      <p className={css.facts}>{t('consent.waitingHow')}</p>
      <div className={css.actions}>
        <Button variant="filled" loading={looking.isPending} onClick={() => looking.mutate()}>
          {t('consent.look')}
        </Button>
        <Button onClick={() => void leave()}>{t('common:act.signOut')}</Button>
      </div>
    </>
  )
}

function Consents({ consents }: { consents: ConsentText[] }) {
  const { t } = useTranslation('signin')
  const onward = useOnward()
  const [words, setWords] = useState<Words>({})
  const giving = useMutation({ mutationFn: () => giveConsents(answersOf(consents, words)), onSuccess: onward })
  const say = (key: string, word: Word) => setWords((before) => ({ ...before, [key]: word }))
  const people = grouped(consents)
  return (
    <>
      <p className={css.lead}>{t(people.some((one) => !one.isSelf) ? 'consent.leadFamily' : 'consent.lead')}</p>
      {people.map((person) => (
        <Person key={person.id} person={person} words={words} say={say} />
      ))}
      {giving.error && <ProblemState problem={asProblem(giving.error)} />}
      <div className={css.actions}>
        <Button variant="filled" loading={giving.isPending} disabled={!isComplete(consents, words)} onClick={() => giving.mutate()}>
          {t('consent.give')}
        </Button>
        <Button onClick={() => void leave()}>{t('consent.refuse')}</Button>
      </div>
      <div className={css.facts}>
        <p>{t('consent.refuseText')}</p>
        <p>
          <Link to="/own-data">{t('consent.ownData')}</Link>
        </p>
      </div>
    </>
  )
}

interface PersonProps {
  person: Asked
  words: Words
  say: (key: string, word: Word) => void
}

function Person({ person, words, say }: PersonProps) {
  const { t } = useTranslation('signin')
  return (
    <section className={css.person} aria-label={person.isSelf ? t('consent.self') : person.name}>
      <h2>{person.isSelf ? t('consent.self') : t('consent.child', { name: person.name })}</h2>
      {person.consents.map((consent) => (
        <Consent key={consent.purpose} consent={consent} word={words[keyOf(consent)]} onWord={(word) => say(keyOf(consent), word)} />
      ))}
    </section>
  )
}

interface ConsentProps {
  consent: ConsentText
  word: Word | undefined
  onWord: (word: Word) => void
}

function Consent({ consent, word, onWord }: ConsentProps) {
  const { t } = useTranslation('signin')
  return (
    <section className={css.consent}>
      <h3>{consent.title}</h3>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled text must be reachable by keyboard */}
      <div className={css.text} role="region" aria-label={consent.title} tabIndex={0}>
        {consent.text}
      </div>
      {consent.required ? (
        <Checkbox
          label={t('consent.agree')}
          description={t('consent.version', { version: consent.version })}
          checked={word === 'yes'}
          onChange={() => onWord(word === 'yes' ? 'no' : 'yes')}
        />
      ) : (
        <div className={css.words}>
          <Segments
            label={`${consent.title}: ${consent.subject_name}`}
            value={word ?? ''}
            options={[
              { value: 'yes', label: t('consent.yes') },
              { value: 'no', label: t('consent.no') },
            ]}
            onChange={(chosen) => onWord(chosen === 'yes' ? 'yes' : 'no')}
          />
          <span>{t('consent.version', { version: consent.version })}</span>
        </div>
      )}
    </section>
  )
}
