import { Button, Checkbox, TextInput } from '@mantine/core'
import { IconMail } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { changeKinds, confirmAddress, removeAddress, sendCode, type NoticeAddress, type NoticeKind } from '@/api/notices'
import { asProblem } from '@/api/problem'
import { moment, now, time } from '@/lib/format'
import { Chip, Grow, Note, Row, Rows, Sub } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import css from './Settings.module.css'

const KINDS: NoticeKind[] = ['sign_in', 'account']
const DIGITS = 6

interface LineProps {
  address: NoticeAddress
  onChanged: () => Promise<void>
}

/** One address: the code it waits for, or what is told to it. */
export function AddressLine({ address, onChanged }: LineProps) {
  const { t } = useTranslation('settings')
  const [sure, setSure] = useState(false)
  const removing = useMutation({ mutationFn: () => removeAddress(address.id), onSettled: onChanged })
  return (
    <div className={css.mailbox}>
      <Rows>
        <Row>
          <IconMail size={20} stroke={1.6} aria-hidden />
          <Grow>
            <span className={css.address}>{address.address}</span>
            {address.failed_at_ms > 0 && <Sub>{t('addresses.failed', { moment: moment(address.failed_at_ms) })}</Sub>}
          </Grow>
          {address.failed_at_ms > 0 ? <Chip tone="bad">{t('addresses.lost')}</Chip> : address.confirmed || <Chip tone="warn">{t('addresses.waits')}</Chip>}
          {sure ? (
            <>
              <Button size="xs" color="red" loading={removing.isPending} onClick={() => removing.mutate()} aria-label={t('addresses.removeOne', { address: address.address })}>
                {t('addresses.remove')}
              </Button>
              <Button size="xs" variant="default" onClick={() => setSure(false)}>
                {t('addresses.keep')}
              </Button>
            </>
          ) : (
            <Button size="xs" variant="default" onClick={() => setSure(true)} aria-label={t('addresses.askRemove', { address: address.address })}>
              {t('addresses.remove')}
            </Button>
          )}
        </Row>
      </Rows>
      {removing.error && <ProblemState problem={asProblem(removing.error)} />}
      {address.confirmed ? <Kinds address={address} onChanged={onChanged} /> : <Code address={address} onChanged={onChanged} />}
    </div>
  )
}

function Code({ address, onChanged }: LineProps) {
  const { t } = useTranslation('settings')
  const [code, setCode] = useState('')
  const confirming = useMutation({
    mutationFn: () => confirmAddress(address.id, code),
    onSuccess: async ({ confirmed }) => {
      setCode('')
      if (confirmed) await onChanged()
    },
  })
  const again = useMutation({
    mutationFn: () => sendCode(address.id),
    onSuccess: async () => {
      confirming.reset()
      await onChanged()
    },
  })
  const confirm = (event: SyntheticEvent) => {
    event.preventDefault()
    if (code.length === DIGITS) confirming.mutate()
  }
  const over = address.code_until_ms <= now()
  const left = confirming.data?.confirmed === false ? confirming.data.tries_left : undefined
  return (
    <form className={css.form} onSubmit={confirm}>
      <p>{over ? t('addresses.over') : t('addresses.sent', { until: time(address.code_until_ms) })}</p>
      <TextInput
        inputMode="numeric"
        autoComplete="one-time-code"
        label={t('addresses.code')}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value.replace(/\D/g, '').slice(0, DIGITS))}
      />
      {left !== undefined && <Note tone="bad">{left > 0 ? t('addresses.wrong', { count: left }) : t('addresses.spent')}</Note>}
      {(confirming.error ?? again.error) && <ProblemState problem={asProblem(confirming.error ?? again.error)} />}
      <div className={css.buttons}>
        <Button type="submit" loading={confirming.isPending} disabled={code.length < DIGITS}>
          {t('addresses.confirm')}
        </Button>
        <Button variant="default" loading={again.isPending} onClick={() => again.mutate()}>
          {t('addresses.again')}
        </Button>
      </div>
    </form>
  )
}

function Kinds({ address, onChanged }: LineProps) {
  const { t } = useTranslation('settings')
  const [wanted, setWanted] = useState<NoticeKind[]>()
  const version = useRef(0)
  const changing = useMutation({
    // One after the other: the next change stands on the version that the last one made.
    scope: { id: address.id },
    mutationFn: async (chosen: NoticeKind[]) => {
      version.current = (await changeKinds(address.id, chosen, Math.max(version.current, address.version))).version
    },
    onSettled: async () => {
      await onChanged()
      setWanted(undefined)
    },
  })
  // What was clicked is shown at once, and what the service holds again when it was refused.
  const kinds = wanted ?? address.kinds
  const turn = (kind: NoticeKind, on: boolean) => {
    const chosen = KINDS.filter((one) => (one === kind ? on : kinds.includes(one)))
    setWanted(chosen)
    changing.mutate(chosen)
  }
  return (
    <div className={css.kinds} role="group" aria-label={t('addresses.kinds', { address: address.address })}>
      {KINDS.map((kind) => (
        <Checkbox key={kind} label={t(`addresses.kind.${kind}`)} checked={kinds.includes(kind)} onChange={(event) => turn(kind, event.currentTarget.checked)} />
      ))}
      {kinds.length === 0 && <Sub>{t('addresses.silent')}</Sub>}
      {changing.error && <ProblemState problem={asProblem(changing.error)} />}
    </div>
  )
}
