import { Button, TextInput } from '@mantine/core'
import { useClipboard, useInterval } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { createPairing, type CreatedPairing, type PairedDevice } from '@/api/pairings'
import { asProblem } from '@/api/problem'
import { clockOf } from '@/app/ending'
import { CHILD_PATH, childAddress } from '@/features/signin/childCode'
import { now } from '@/lib/format'
import { Note } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import { pairingsKey } from './ChildDevices'
import css from './Family.module.css'
import own from './ChildDevices.module.css'
import { Qr } from './Qr'

/** From the device's name to the code, and until the code was typed in there. */
export function ConnectDevice({ child, devices, onClose }: { child: string; devices: PairedDevice[]; onClose: () => void }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const [name, setName] = useState('')
  const making = useMutation({
    mutationFn: () => createPairing(child, name.trim()),
    onSuccess: () => client.invalidateQueries({ queryKey: pairingsKey(child) }),
  })
  if (making.data) {
    const paired = devices.some((device) => device.id === making.data.id)
    return (
      <div className={own.made}>
        {paired ? (
          <Note tone="good">{t('devices.done', { name: name.trim() })}</Note>
        ) : (
          <Made made={making.data} name={name.trim()} busy={making.isPending} onAgain={() => making.mutate()} />
        )}
        <div>
          <Button onClick={onClose}>{t('common:act.close')}</Button>
        </div>
      </div>
    )
  }
  const make = (event: SyntheticEvent) => {
    event.preventDefault()
    if (name.trim()) making.mutate()
  }
  return (
    <form className={css.form} onSubmit={make}>
      <TextInput
        label={t('devices.name')}
        placeholder={t('devices.example')}
        maxLength={40}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {making.error && <ProblemState problem={asProblem(making.error)} />}
      <div className={css.acts}>
        <Button type="submit" variant="filled" disabled={!name.trim()} loading={making.isPending}>
          {t('devices.make')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </form>
  )
}

function Made({ made, name, busy, onAgain }: { made: CreatedPairing; name: string; busy: boolean; onAgain: () => void }) {
  const { t } = useTranslation('family')
  const clipboard = useClipboard({ timeout: 3000 })
  const [moment, setMoment] = useState(now)
  useInterval(() => setMoment(now()), 1_000, { autoInvoke: true })
  const left = made.expires_at_ms - moment
  if (left <= 0) {
    return (
      <>
        <Note>{t('devices.over')}</Note>
        <div>
          <Button variant="filled" loading={busy} onClick={onAgain}>
            {t('devices.again')}
          </Button>
        </div>
      </>
    )
  }
  return (
    <div className={own.pair}>
      <Qr text={childAddress(made.code)} label={t('devices.qr')} />
      <div>
        <p>{t('devices.code', { name })}</p>
        <output className={own.code}>{made.code}</output>
        {/* A voice that counts every second could not be listened to. */}
        <p aria-hidden="true">{t('devices.left', { left: clockOf(left) })}</p>
        <Button size="xs" onClick={() => clipboard.copy(made.code)}>
          {t(clipboard.copied ? 'devices.copied' : 'devices.copy')}
        </Button>
      </div>
      <p>{t('devices.how', { address: `${window.location.host}${CHILD_PATH}` })}</p>
    </div>
  )
}
