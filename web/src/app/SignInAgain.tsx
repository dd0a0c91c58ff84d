import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { endedBy, getSession, loginAddress } from '@/api/session'
import { signIn } from '@/api/signin'
import { Dialog } from '@/ui/Dialog'

/** Comes when it is wanted: most people's devices have no child of theirs. */
const DeviceButton = lazy(async () => ({ default: (await import('@/features/signin/DeviceButton')).DeviceButton }))

/** The session ended while the page was in use: sign in in another window, nothing typed here is lost. */
export function SignInAgain() {
  const { t } = useTranslation()
  const wanted = useSyncExternalStore(signIn.subscribe, () => signIn.wanted)
  useEffect(() => {
    if (!wanted) return undefined
    // The other window may have been left without a word: look when the person comes back to this one.
    const look = () => void signIn.look()
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  }, [wanted])
  const state = useQuery({ queryKey: ['why-ended'], queryFn: getSession, enabled: wanted, staleTime: 0, gcTime: 0 })
  if (!wanted) return null
  const why = state.data && endedBy(state.data)
  return (
    <Dialog title={t('again.title')}>
      {why && <p>{t(`again.why.${why}`)}</p>}
      <p>{t('again.text')}</p>
      <div style={{ marginTop: 16 }}>
        <Button component="a" variant="filled" href={loginAddress('/signin/done')} target="_blank" rel="opener">
          {t('act.signIn')}
        </Button>
      </div>
      <Suspense fallback={null}>
        <DeviceButton onSignedIn={() => signIn.look()} />
      </Suspense>
    </Dialog>
  )
}
