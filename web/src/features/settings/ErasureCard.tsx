import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { cancelErasure, getErasure, getErasurePlan, requestErasure, type ErasurePart } from '@/api/privacy'
import { asProblem } from '@/api/problem'
import { moment } from '@/lib/format'
import { Card, Grow, Note, Row, Rows, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import css from './Settings.module.css'

/** «Удалить профиль»: first what goes and what stays and why, then a waiting time that can be ended. */
export function ErasureCard() {
  const { t } = useTranslation('privacy')
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const query = useQuery({ queryKey: ['erasure'], queryFn: getErasure })
  const keep = { onSuccess: (answer: unknown) => client.setQueryData(['erasure'], answer) }
  const asking = useMutation({ mutationFn: requestErasure, ...keep })
  const cancelling = useMutation({ mutationFn: cancelErasure, ...keep })
  const failed = asking.error ?? cancelling.error
  return (
    <Card title={t('erasure.title')} sub={t('erasure.sub', { count: query.data?.waiting_days ?? 14 })}>
      <Loaded query={query} skeleton={[44]}>
        {({ request }) =>
          request?.state === 'WAITING' ? (
            <div className={css.text}>
              <Note>{t('erasure.waiting', { moment: moment(request.due_at_ms) })}</Note>
              <div>
                <Button variant="filled" loading={cancelling.isPending} onClick={() => cancelling.mutate(request.id)}>
                  {t('erasure.cancel')}
                </Button>
              </div>
            </div>
          ) : (
            <div style={{ marginTop: 12 }}>
              {open ? (
                <Plan>
                  <Button variant="filled" loading={asking.isPending} onClick={() => asking.mutate()}>
                    {t('erasure.confirm')}
                  </Button>
                </Plan>
              ) : (
                <div>
                  <Button onClick={() => setOpen(true)}>{t('erasure.look')}</Button>
                </div>
              )}
            </div>
          )
        }
      </Loaded>
      {failed && <ProblemState problem={asProblem(failed)} />}
    </Card>
  )
}

function Plan({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation('privacy')
  const query = useQuery({ queryKey: ['erasure', 'plan'], queryFn: getErasurePlan })
  return (
    <Loaded query={query} skeleton={[44, 44, 44]}>
      {({ parts }) => (
        <>
          <h3>{t('erasure.goes')}</h3>
          <Parts parts={parts.filter((part) => !part.kept_because)} />
          <h3>{t('erasure.stays')}</h3>
          <Parts parts={parts.filter((part) => part.kept_because)} />
          <div>{children}</div>
        </>
      )}
    </Loaded>
  )
}

function Parts({ parts }: { parts: ErasurePart[] }) {
  const { t } = useTranslation('privacy')
  if (parts.length === 0) return <p>{t('erasure.nothing')}</p>
  return (
    <Rows>
      {parts.map((part) => (
        <Row key={`${part.service} ${part.part}`}>
          <Grow>
            {t('erasure.part', { title: part.title, count: part.rows })}
            {part.kept_because && <Sub>{part.kept_because}</Sub>}
          </Grow>
        </Row>
      ))}
    </Rows>
  )
}
