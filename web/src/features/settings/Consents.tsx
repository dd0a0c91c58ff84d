import { Button } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import {
  consentDocument,
  getConsentBook,
  giveConsents,
  withdrawConsent,
  type ConsentPerson,
  type ConsentState,
} from '@/api/consents'
import { asProblem } from '@/api/problem'
import { sessionQuery } from '@/app/session'
import { moment } from '@/lib/format'
import { Card, Chip, Grow, Note, Row, Rows, Sub, type Tone } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import { ConsentHistory } from './ConsentHistory'
import css from './Settings.module.css'

const BOOK = ['consents', 'book']
const tones: Record<ConsentState['state'], Tone> = { '': 'neutral', GIVEN: 'good', DECLINED: 'neutral', WITHDRAWN: 'warn' }

/** Every purpose for oneself and each child: how it stands, take it back, give it again, the document. */
export function Consents() {
  const { t } = useTranslation('settings')
  const query = useQuery({ queryKey: BOOK, queryFn: getConsentBook })
  return (
    <Card title={t('consents.title')} sub={t('consents.sub')}>
      <Loaded query={query} skeleton={[44, 44, 44]}>
        {({ people }) => people.map((person) => <Person key={person.subject_id} person={person} alone={people.length === 1} />)}
      </Loaded>
    </Card>
  )
}

function Person({ person, alone }: { person: ConsentPerson; alone: boolean }) {
  const { t } = useTranslation('settings')
  const [history, setHistory] = useState(false)
  return (
    <section className={css.person} aria-label={person.subject_name}>
      {!alone && <h3>{person.is_self ? t('consents.self') : person.subject_name}</h3>}
      {!person.may_answer && <Sub>{t(person.is_self ? 'consents.guardianDecides' : 'consents.childDecides')}</Sub>}
      <Rows>
        {person.purposes.map((purpose) => (
          <Purpose key={purpose.purpose} person={person} purpose={purpose} />
        ))}
      </Rows>
      <div className={css.actions}>
        <Button size="xs" aria-expanded={history} onClick={() => setHistory(!history)}>
          {t('consents.history')}
        </Button>
        <Button size="xs" component="a" href={consentDocument(person.subject_id)} leftSection={<IconDownload size={16} aria-hidden />}>
          {t('consents.document')}
        </Button>
      </div>
      {history && <ConsentHistory subjectId={person.subject_id} />}
    </section>
  )
}

function Purpose({ person, purpose }: { person: ConsentPerson; purpose: ConsentState }) {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const [asking, setAsking] = useState(false)
  const changing = useMutation({
    mutationFn: () =>
      purpose.holds
        ? withdrawConsent(purpose.purpose, person.subject_id)
        : giveConsents([
            { purpose: purpose.purpose, version: purpose.present_version, subject_id: person.subject_id, declined: false },
          ]),
    onSuccess: async () => {
      setAsking(false)
      await client.invalidateQueries({ queryKey: ['consents'] })
      // Without the consent to one's own data the cabinet closes: the session says so.
      await client.invalidateQueries(sessionQuery)
    },
  })
  const state = purpose.state === 'GIVEN' && !purpose.holds ? '' : purpose.state
  return (
    <Row>
      <Grow>
        {purpose.title}
        <Sub>
          {purpose.state
            ? t(`consents.word.${purpose.state}`, { moment: moment(purpose.at_ms), by: purpose.by, version: purpose.version })
            : t('consents.word.none')}
        </Sub>
        {asking && (
          <div className={css.asking}>
            <p>{purpose.text}</p>
            {purpose.holds && <Note>{t(`consents.effect.${person.is_self ? 'own' : 'child'}.${purpose.purpose}`)}</Note>}
            {changing.error && <ProblemState problem={asProblem(changing.error)} />}
            <div className={css.actions}>
              <Button size="xs" variant="filled" loading={changing.isPending} onClick={() => changing.mutate()}>
                {t(purpose.holds ? 'consents.withdraw' : 'consents.give')}
              </Button>
              <Button size="xs" onClick={() => setAsking(false)}>
                {t('common:act.cancel')}
              </Button>
            </div>
          </div>
        )}
      </Grow>
      <Chip tone={tones[state]}>{t(`consents.state.${state || 'none'}`)}</Chip>
      {person.may_answer && !asking && (
        <Button size="xs" onClick={() => setAsking(true)} aria-label={`${t(purpose.holds ? 'consents.withdrawAsk' : 'consents.giveAsk')}: ${purpose.title}`}>
          {t(purpose.holds ? 'consents.withdrawAsk' : 'consents.giveAsk')}
        </Button>
      )}
    </Row>
  )
}
