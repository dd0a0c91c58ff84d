import { Button, Textarea, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { confirmRequest, getInbox, refuseRequest, type SchoolRequest } from '@/api/family'
import { asProblem } from '@/api/problem'
import { searchPeople } from '@/api/school'
import { inboxQuery } from '@/app/queries'
import { dayMonth, moment } from '@/lib/format'
import { Card, Chip, Note, PageHead, Segments } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import { Evidence } from './Evidence'
import css from './Family.module.css'

/** Families wait here for the school's word. */
export function RequestsPage() {
  const { t } = useTranslation('family')
  const [decided, setDecided] = useState(false)
  const [token, setToken] = useState('')
  const query = useQuery(
    !decided && token === '' ? inboxQuery : { queryKey: ['family-inbox', String(decided), token], queryFn: () => getInbox(decided, token) },
  )
  const show = (which: 'waiting' | 'decided') => {
    setDecided(which === 'decided')
    setToken('')
  }
  return (
    <>
      <PageHead title={t('inbox.title')} sub={t('inbox.sub')}>
        <Segments
          label={t('inbox.which')}
          value={decided ? 'decided' : 'waiting'}
          options={[
            { value: 'waiting', label: t('inbox.waiting') },
            { value: 'decided', label: t('inbox.decided') },
          ]}
          onChange={show}
        />
      </PageHead>
      <Loaded query={query} skeleton={[180, 180]}>
        {(data) =>
          data.requests.length === 0 ? (
            <Empty>{t(decided ? 'inbox.noneDecided' : 'inbox.none')}</Empty>
          ) : (
            <div className={css.stack}>
              {data.requests.map((one) => (
                <Request key={`${one.id} ${one.version}`} request={one} />
              ))}
              <div className={css.acts}>
                {data.next_page_token && <Button onClick={() => setToken(data.next_page_token)}>{t('inbox.next')}</Button>}
                {token !== '' && <Button onClick={() => setToken('')}>{t('inbox.first')}</Button>}
              </div>
            </div>
          )
        }
      </Loaded>
    </>
  )
}

function Request({ request }: { request: SchoolRequest }) {
  const { t } = useTranslation('family')
  const title =
    request.kind === 'CHILD' ? t('inbox.child', { name: request.asked_by, child: request.child_name }) : t('inbox.self', { name: request.asked_by })
  const born = request.child_birth_day ? `${dayMonth(request.child_birth_day)} ${request.child_birth_day.slice(0, 4)}` : ''
  const about = [born && t('inbox.born', { day: born }), request.group_name && t('inbox.group', { group: request.group_name })]
  return (
    <Card title={title} sub={[t('inbox.sent', { moment: moment(request.created_at_ms) }), ...about].filter(Boolean).join(' · ')}>
      {request.kind === 'CHILD' && <Evidence found={request.evidence} />}
      {request.status === 'PENDING' ? (
        <Decision request={request} />
      ) : (
        <div className={css.acts}>
          <Chip tone={request.status === 'CONFIRMED' ? 'good' : 'neutral'}>{t(`request.status.${request.status}`)}</Chip>
          <span>{moment(request.decided_at_ms)}</span>
          {request.reason && <p style={{ flexBasis: '100%' }}>{request.reason}</p>}
        </div>
      )}
    </Card>
  )
}

interface Choice {
  id: string
  full_name: string
  kind: string
  group_name: string
}

function Decision({ request }: { request: SchoolRequest }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const only = request.candidates.length === 1 ? (request.candidates[0]?.id ?? '') : ''
  const [chosen, setChosen] = useState(request.record_id || only)
  const [refusing, setRefusing] = useState(false)
  const [reason, setReason] = useState('')
  const [others, setOthers] = useState<Choice[]>([])
  const deciding = useMutation({
    mutationFn: (confirmed: boolean) =>
      confirmed ? confirmRequest(request.id, request.version, chosen) : refuseRequest(request.id, request.version, reason.trim()),
    // A refused act shows its reason; what has changed meanwhile is asked for again.
    onSettled: (_data, error) =>
      error && asProblem(error).kind !== 'conflict' ? undefined : client.invalidateQueries({ queryKey: ['family-inbox'] }),
  })
  const choices: Choice[] = [...request.candidates, ...others.filter((one) => !request.candidates.some((two) => two.id === one.id))]
  return (
    <>
      {choices.length === 0 ? (
        <Note>{t('inbox.nobody')}</Note>
      ) : (
        <fieldset className={css.pick} style={{ marginTop: 12 }}>
          <legend>{t('inbox.whom')}</legend>
          {choices.map((one) => (
            <label key={one.id} className={css.choice}>
              <input type="radio" name={request.id} checked={chosen === one.id} onChange={() => setChosen(one.id)} />
              <span>
                {one.full_name}
                <small>{[t(`common:role.${one.kind}`, one.kind), one.group_name].filter(Boolean).join(', ')}</small>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Other onlyStudents={request.kind === 'CHILD'} onFound={setOthers} />
      {deciding.error && <ProblemState problem={asProblem(deciding.error)} />}
      <div className={css.acts}>
        {refusing ? (
          <>
            <Textarea label={t('inbox.reason')} description={t('inbox.reasonHint')} rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
            <Button variant="filled" disabled={!reason.trim()} loading={deciding.isPending} onClick={() => deciding.mutate(false)}>
              {t('inbox.refuseNow')}
            </Button>
            <Button onClick={() => setRefusing(false)}>{t('common:act.cancel')}</Button>
          </>
        ) : (
          <>
            <Button variant="filled" disabled={!chosen} loading={deciding.isPending} onClick={() => deciding.mutate(true)}>
              {t(request.kind === 'CHILD' ? 'inbox.connect' : 'inbox.confirm')}
            </Button>
            <Button onClick={() => setRefusing(true)}>{t('inbox.refuse')}</Button>
          </>
        )}
      </div>
    </>
  )
}

/** Somebody of the school whose name is written differently. */
function Other({ onlyStudents, onFound }: { onlyStudents: boolean; onFound: (people: Choice[]) => void }) {
  const { t } = useTranslation('family')
  const [open, setOpen] = useState(false)
  const [text, setText] = useState('')
  const [query] = useDebouncedValue(text.trim(), 250)
  const found = useQuery({
    queryKey: ['people', query],
    queryFn: async () => {
      const { people } = await searchPeople(query)
      const wanted = people.filter((one) => !onlyStudents || one.kind === 'STUDENT')
      onFound(wanted)
      return wanted
    },
    enabled: query.length >= 2,
  })
  if (!open) {
    return (
      <div className={css.acts}>
        <Button size="xs" onClick={() => setOpen(true)}>
          {t('inbox.other')}
        </Button>
      </div>
    )
  }
  return (
    <div className={css.form}>
      <TextInput label={t('inbox.search')} maxLength={100} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {found.data?.length === 0 && <p role="status">{t('inbox.notFound')}</p>}
      {found.error && <ProblemState problem={asProblem(found.error)} />}
    </div>
  )
}
