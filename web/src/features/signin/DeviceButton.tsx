import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { forgetDevice, getDevice, signInByDevice } from '@/api/pairings'

import { ChildRefusal } from './ChildRefusal'
import css from './SignIn.module.css'

const KEY = ['own-device']

/** First name of the child whose device this browser is, or empty. */
export function useDeviceName(): string {
  return useQuery({ queryKey: KEY, queryFn: getDevice, staleTime: 60_000, retry: false }).data?.name ?? ''
}

/** One press for the child whose device this is; nothing where the browser is nobody's. */
export function DeviceButton({ onSignedIn, forgettable = false }: { onSignedIn: () => void | Promise<void>; forgettable?: boolean }) {
  const { t } = useTranslation('signin')
  const client = useQueryClient()
  const name = useDeviceName()
  const entering = useMutation({
    mutationFn: signInByDevice,
    onSuccess: onSignedIn,
    // Revoked meanwhile: the button goes when the server knows this device no more.
    onError: () => client.invalidateQueries({ queryKey: KEY }),
  })
  const forgetting = useMutation({ mutationFn: forgetDevice, onSettled: () => client.invalidateQueries({ queryKey: KEY }) })
  const refused = entering.error ?? forgetting.error
  return (
    <>
      {name && (
        <div className={css.device}>
          <Button variant="filled" size="lg" className={css.full} loading={entering.isPending} onClick={() => entering.mutate()}>
            {t('childPage.enterAs', { name })}
          </Button>
          {forgettable && (
            <Button variant="subtle" size="xs" loading={forgetting.isPending} onClick={() => forgetting.mutate()}>
              {t('childPage.forget')}
            </Button>
          )}
        </div>
      )}
      {refused && <ChildRefusal error={refused} />}
    </>
  )
}
