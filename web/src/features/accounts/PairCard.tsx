import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { judgeDuplicate, mergePeople, type DuplicatePair, type DuplicateSide } from '@/api/duplicates'
import { asProblem } from '@/api/problem'
import { dayMonth } from '@/lib/format'
import { Card, Chip } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import css from './Accounts.module.css'

/** The record that is chosen to stay at first: the one somebody signs in with, else the one that is in more lists. */
function likely({ first, second }: DuplicatePair): string {
  if (first.has_account !== second.has_account) return first.has_account ? first.id : second.id
  return weight(second) > weight(first) ? second.id : first.id
}

function weight(side: DuplicateSide): number {
  return side.groups.length + side.teaches.length + side.guardians.length + side.children.length + side.roles.length
}

/** Two records side by side, and what to say about them. */
export function PairCard({ pair, judged }: { pair: DuplicatePair; judged: boolean }) {
  const { t } = useTranslation('duplicates')
  const client = useQueryClient()
  const name = useId()
  const [stays, setStays] = useState(likely(pair))
  const again = () => Promise.all([client.invalidateQueries({ queryKey: ['duplicates'] }), client.invalidateQueries({ queryKey: ['merges'] })])
  const judging = useMutation({
    mutationFn: (different: boolean) => judgeDuplicate({ first_id: pair.first.id, second_id: pair.second.id, different }),
    onSuccess: again,
  })
  const merging = useMutation({
    mutationFn: () => mergePeople({ person_id: stays, merged_id: stays === pair.first.id ? pair.second.id : pair.first.id }),
    onSuccess: again,
  })
  const failed = judging.error ?? merging.error
  return (
    <Card title={pair.first.full_name}>
      <fieldset className={css.reasons}>
        <legend>{t(judged ? 'records' : 'stays')}</legend>
        <div className={css.sides}>
          {[pair.first, pair.second].map((side, index) => (
            <Side key={side.id} side={side} number={index + 1} choice={judged ? null : { name, chosen: stays === side.id, choose: () => setStays(side.id) }} />
          ))}
        </div>
      </fieldset>
      {failed && <ProblemState problem={asProblem(failed)} />}
      <div className={css.acts}>
        {judged ? (
          <Button loading={judging.isPending} onClick={() => judging.mutate(false)}>
            {t('notSure')}
          </Button>
        ) : (
          <>
            <Button variant="filled" loading={merging.isPending} onClick={() => merging.mutate()}>
              {t('one')}
            </Button>
            <Button loading={judging.isPending} onClick={() => judging.mutate(true)}>
              {t('two')}
            </Button>
          </>
        )}
      </div>
    </Card>
  )
}

interface Choice {
  name: string
  chosen: boolean
  choose: () => void
}

function Side({ side, number, choice }: { side: DuplicateSide; number: number; choice: Choice | null }) {
  const { t } = useTranslation('duplicates')
  const born = side.birth_day ? `${dayMonth(side.birth_day)} ${side.birth_day.slice(0, 4)}` : t('unknown')
  const facts = [
    [t('fact.birth'), born],
    [t('fact.roles'), side.roles.map((role) => t(`common:role.${role}`, role)).join(', ')],
    [t('fact.groups'), side.groups.join('; ')],
    [t('fact.teaches'), side.teaches.join('; ')],
    [t('fact.guardians'), side.guardians.join(', ')],
    [t('fact.children'), side.children.join(', ')],
  ].filter(([, value]) => value)
  return (
    <div className={css.side} data-chosen={choice?.chosen ?? false}>
      {choice ? (
        <label className={css.reason}>
          <input type="radio" name={choice.name} checked={choice.chosen} onChange={choice.choose} />
          <span>{t('record', { number })}</span>
        </label>
      ) : (
        <p>{t('record', { number })}</p>
      )}
      <div>
        <Chip tone={side.has_account ? 'good' : 'neutral'}>{t(side.has_account ? 'signsIn' : 'noAccount')}</Chip>
      </div>
      <dl className={css.facts}>
        {facts.map(([label, value]) => (
          <div key={label} style={{ display: 'contents' }}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
