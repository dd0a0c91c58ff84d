import { Button } from '@mantine/core'
import { IconDeviceDesktop } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { endSession, getSessions } from '@/api/session'
import { leaveEverywhere } from '@/app/signing'
import { moment } from '@/lib/format'
import { Card, Chip, Grow, Note, Row, Rows, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import css from './Settings.module.css'
import { SignIns } from './SignIns'

/** Where the person is signed in now, the end of one or all of it, and every sign-in of the last months. */
export function Sessions() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const [history, setHistory] = useState(false)
  const query = useQuery({ queryKey: ['sessions'], queryFn: getSessions })
  const ending = useMutation({
    mutationFn: endSession,
    onSettled: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  })
  return (
    <Card title={t('sessions.title')} sub={t('sessions.sub')}>
      <Loaded query={query} skeleton={[44, 44]}>
        {({ sessions }) => (
          <Rows>
            {sessions.map((one) => (
              <Row key={one.id}>
                <IconDeviceDesktop size={20} stroke={1.6} aria-hidden />
                <Grow>
                  {one.device}
                  <Sub>{t('sessions.times', { opened: moment(one.opened_at_ms), seen: moment(one.seen_at_ms) })}</Sub>
                </Grow>
                {one.current ? (
                  <Chip tone="good">{t('sessions.current')}</Chip>
                ) : (
                  <Button size="xs" loading={ending.isPending && ending.variables === one.id} onClick={() => ending.mutate(one.id)}>
                    {t('sessions.end')}
                  </Button>
                )}
              </Row>
            ))}
          </Rows>
        )}
      </Loaded>
      {ending.error && <ProblemState problem={asProblem(ending.error)} />}
      <Everywhere>
        <Button size="xs" aria-expanded={history} onClick={() => setHistory(!history)}>
          {t('sessions.history')}
        </Button>
      </Everywhere>
      {history && <SignIns />}
    </Card>
  )
}

/** It cannot be undone, so the consequence is spelled out first. */
function Everywhere({ children }: { children: ReactNode }) {
  const { t } = useTranslation('settings')
  const [asking, setAsking] = useState(false)
  const leaving = useMutation({ mutationFn: leaveEverywhere })
  return (
    <>
      {asking && (
        <div className={css.asking}>
          <Note>{t('sessions.everywhereText')}</Note>
          {leaving.error && <ProblemState problem={asProblem(leaving.error)} />}
        </div>
      )}
      <div className={css.actions}>
        {asking ? (
          <>
            <Button size="xs" variant="filled" loading={leaving.isPending} onClick={() => leaving.mutate()}>
              {t('sessions.everywhereDo')}
            </Button>
            <Button size="xs" onClick={() => setAsking(false)}>
              {t('common:act.cancel')}
            </Button>
          </>
        ) : (
          <>
            <Button size="xs" onClick={() => setAsking(true)}>
              {t('sessions.everywhere')}
            </Button>
            {children}
          </>
        )}
      </div>
    </>
  )
}
