import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { findSchools, sendRequest, type SchoolFound } from '@/api/family'
import { asProblem } from '@/api/problem'
import { today } from '@/lib/format'
import { Note, Segments } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import { ChildNumbers, noCard, trimmed } from './ChildNumbers'
import css from './Family.module.css'
import { startQuery } from './queries'

type Kind = 'CHILD' | 'SELF'

interface Child {
  name: string
  born: string
  group: string
}

const nobody: Child = { name: '', born: '', group: '' }

/** A request to a school that the family names itself. `only` leaves no choice of whom it is about; `child` is known beforehand. */
export function AskSchool({ only, child: known, onSent }: { only?: Kind; child?: Child; onSent?: () => void }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const [kind, setKind] = useState<Kind>(only ?? 'CHILD')
  const [school, setSchool] = useState<SchoolFound | null>(null)
  const [child, setChild] = useState(known ?? nobody)
  const [card, setCard] = useState(noCard)
  const sending = useMutation({
    mutationFn: (organisation_id: string) =>
      kind === 'SELF'
        ? sendRequest({ kind, organisation_id, child_name: '', group_name: '', ...noCard })
        : sendRequest({ kind, organisation_id, child_name: child.name.trim(), child_birth_day: child.born, group_name: child.group.trim(), ...trimmed(card) }),
    onSuccess: async () => {
      setChild(nobody)
      setCard(noCard)
      await client.invalidateQueries({ queryKey: startQuery.queryKey })
      onSent?.()
    },
  })
  const described = kind === 'SELF' || (child.name.trim().includes(' ') && child.born !== '')
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (school && described) sending.mutate(school.id)
  }
  return (
    <form className={css.form} onSubmit={submit}>
      {!only && (
        <Segments
          label={t('ask.who')}
          value={kind}
          options={[
            { value: 'CHILD', label: t('ask.child') },
            { value: 'SELF', label: t('ask.self') },
          ]}
          onChange={setKind}
        />
      )}
      {kind === 'CHILD' && (
        <>
          <TextInput label={t('ask.name')} placeholder={t('ask.nameExample')} required maxLength={200} value={child.name} onChange={(event) => setChild({ ...child, name: event.currentTarget.value })} />
          <TextInput label={t('ask.born')} type="date" required max={today()} value={child.born} onChange={(event) => setChild({ ...child, born: event.currentTarget.value })} />
          <TextInput label={t('ask.group')} placeholder={t('ask.groupExample')} maxLength={20} value={child.group} onChange={(event) => setChild({ ...child, group: event.currentTarget.value })} />
          <ChildNumbers card={card} onChange={setCard} />
        </>
      )}
      <SchoolPicker school={school} onPick={setSchool} />
      {sending.error && <ProblemState problem={asProblem(sending.error)} />}
      {sending.isSuccess && <Note tone="good">{t('ask.sent')}</Note>}
      <Button type="submit" variant="filled" disabled={!school || !described} loading={sending.isPending}>
        {t('ask.send')}
      </Button>
    </form>
  )
}

function SchoolPicker({ school, onPick }: { school: SchoolFound | null; onPick: (school: SchoolFound | null) => void }) {
  const { t } = useTranslation('family')
  const [text, setText] = useState('')
  const [query] = useDebouncedValue(text.trim(), 250)
  const found = useQuery({ queryKey: ['schools-to-ask', query], queryFn: () => findSchools(query), enabled: query.length >= 2 })
  return (
    <>
      <TextInput label={t('ask.school')} description={t('ask.schoolHint')} maxLength={100} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {found.error && <ProblemState problem={asProblem(found.error)} />}
      {found.data?.schools.length === 0 && <p role="status">{t('ask.noSchool')}</p>}
      {found.data && found.data.schools.length > 0 && (
        <fieldset className={css.pick}>
          <legend>{t('ask.which')}</legend>
          {found.data.schools.map((one) => (
            <label key={one.id} className={css.choice}>
              <input type="radio" name="school" checked={school?.id === one.id} onChange={() => onPick(one)} />
              <span>
                {one.short_name}
                <small>{one.full_name}</small>
              </span>
            </label>
          ))}
        </fieldset>
      )}
    </>
  )
}
