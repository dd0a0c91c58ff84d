import { Button } from '@mantine/core'
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'

import { loginAddress } from '@/api/session'
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
  if (!wanted) return null
  return (
    <Dialog title={t('again.title')}>
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
