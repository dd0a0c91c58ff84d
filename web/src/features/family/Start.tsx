import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { sendRequest, type FamilyStart, type FoundRecord } from '@/api/family'
import { asProblem } from '@/api/problem'
import { leave } from '@/app/signing'
import { Card, cx, Grow, Note, Rows, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import { AskSchool } from './AskSchool'
import { noCard } from './ChildNumbers'
import css from './Family.module.css'
import { Kids } from './Kids'
import { OwnRequests } from './OwnRequests'
import { startQuery } from './queries'

/** Signed in, but in no school's list yet: where one stands and what can be done now. */
export function Start() {
  const { t } = useTranslation('family')
  const query = useQuery(startQuery)
  return (
    <Loaded query={query} skeleton={[140, 220]}>
      {(start) => (
        <div className={css.stack}>
          <Kids start={start} />
          <Card title={t('start.title')}>
            <div className={css.text}>
              <p>{t(start.requests.some((one) => one.status === 'PENDING') ? 'start.waiting' : 'start.text')}</p>
            </div>
            <OwnRequests requests={start.requests} />
            <Found start={start} />
          </Card>
          <Ask waiting={start.requests.some((one) => one.status === 'PENDING')} />
          <Card title={t('start.other')}>
            <div className={css.text}>
              <p>{t('start.staff')}</p>
            </div>
            <Button onClick={() => void leave()}>{t('common:act.signOut')}</Button>
          </Card>
        </div>
      )}
    </Loaded>
  )
}

/** While a school has not answered, another question is one press away and not in the way. */
function Ask({ waiting }: { waiting: boolean }) {
  const { t } = useTranslation('family')
  const [more, setMore] = useState(false)
  const open = more || !waiting
  return (
    <Card title={t('ask.title')} sub={t('ask.sub')} action={!open && <Button onClick={() => setMore(true)}>{t('ask.more')}</Button>}>
      {open && <AskSchool />}
    </Card>
  )
}

/** Records of the same name and day of birth: one press asks the school whether it is the same person. */
function Found({ start }: { start: FamilyStart }) {
  const { t } = useTranslation('family')
  const asked = new Set(start.requests.filter((one) => one.kind === 'SELF' && one.status !== 'REFUSED' && one.status !== 'WITHDRAWN').map((one) => one.organisation_id))
  const found = start.found.filter((one) => !asked.has(one.organisation_id))
  if (!start.complete) return <Note>{t('start.incomplete')}</Note>
  if (found.length === 0) return null
  return (
    <Rows>
      {found.map((one) => (
        <FoundLine key={`${one.record_id} ${one.organisation_id} ${one.kind}`} found={one} />
      ))}
    </Rows>
  )
}

function FoundLine({ found }: { found: FoundRecord }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const asking = useMutation({
    mutationFn: () => sendRequest({ kind: 'SELF', organisation_id: found.organisation_id, record_id: found.record_id, child_name: '', group_name: '', ...noCard }),
    onSettled: () => client.invalidateQueries({ queryKey: startQuery.queryKey }),
  })
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {t('start.found', { school: found.organisation_name })}
        <Sub>{[t(`common:role.${found.kind}`), found.group_name].filter(Boolean).join(', ')}</Sub>
        {asking.error && <ProblemState problem={asProblem(asking.error)} />}
      </Grow>
      <Button variant="filled" loading={asking.isPending} onClick={() => asking.mutate()}>
        {t('start.itsMe')}
      </Button>
    </li>
  )
}
