import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { loginAddress, stay } from '@/api/session'
import { signIn } from '@/api/signin'
import { Dialog } from '@/ui/Dialog'
import { ProblemState } from '@/ui/states'

import { clockOf, endingOf, WARN_MS } from './ending'
import { remember, sessionQuery } from './session'

const TICK_MS = 1_000
const LOOK_MS = 10_000

/** Says two minutes ahead that the session ends, and lets the person stay; nothing typed is touched. */
export function Countdown() {
  const client = useQueryClient()
  const query = useQuery(sessionQuery)
  const signedOut = useSyncExternalStore(signIn.subscribe, () => signIn.wanted)
  const [now, setNow] = useState(() => Date.now())
  const session = query.data
  const ending = session?.authenticated ? endingOf(session, query.dataUpdatedAt, now) : null
  const near = ending !== null && ending.left <= WARN_MS
  useEffect(() => {
    if (!session?.authenticated || signedOut) return undefined
    const { left } = endingOf(session, query.dataUpdatedAt, Date.now())
    if (left > WARN_MS) {
      // Calls have moved the end meanwhile, here or in another tab: asked, not guessed. Asking does not move it.
      const timer = setTimeout(() => void client.refetchQueries(sessionQuery).then(() => setNow(Date.now())), left - WARN_MS)
      return () => clearTimeout(timer)
    }
    const ticking = setInterval(() => setNow(Date.now()), TICK_MS)
    const looking = setInterval(() => void client.refetchQueries(sessionQuery), Math.min(LOOK_MS, Math.max(TICK_MS, left)))
    return () => {
      clearInterval(ticking)
      clearInterval(looking)
    }
  }, [client, session, query.dataUpdatedAt, signedOut])
  if (!near || signedOut || ending.left <= 0) return null
  return <Warning left={ending.left} final={ending.final} />
}

function Warning({ left, final }: { left: number; final: boolean }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const staying = useMutation({
    mutationFn: stay,
    onSuccess: (session) => client.setQueryData(sessionQuery.queryKey, remember(client, session)),
  })
  return (
    <Dialog title={t('ending.title')}>
      {/* Read aloud once: a voice that counts every second could not be listened to. */}
      <p>{t(final ? 'ending.final' : 'ending.text')}</p>
      <p style={{ marginTop: 8 }} aria-hidden="true">
        {t('ending.left', { left: clockOf(left) })}
      </p>
      {staying.error && <ProblemState problem={asProblem(staying.error)} />}
      <div style={{ marginTop: 16 }}>
        {final ? (
          <Button
            component="a"
            variant="filled"
            href={loginAddress('/signin/done')}
            target="_blank"
            rel="opener"
            onClick={() => signIn.expect()}
          >
            {t('act.signIn')}
          </Button>
        ) : (
          <Button variant="filled" loading={staying.isPending} onClick={() => staying.mutate()}>
            {t('ending.stay')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
