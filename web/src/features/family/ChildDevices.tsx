import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { FamilyStudent } from '@/api/family'
import { getPairings, revokePairing, type OpenCode, type PairedDevice } from '@/api/pairings'
import { asProblem } from '@/api/problem'
import { moment } from '@/lib/format'
import { Chip, cx, Grow, Rows, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import { ConnectDevice } from './ConnectDevice'
import css from './Family.module.css'

const YOUNG = new Set(['UNDER_14', 'UNKNOWN'])

export const pairingsKey = (child: string) => ['pairings', child]

/** The way in of a child under 14, for guardians whose word counts for the child. */
export function ChildDevices({ student }: { student: FamilyStudent }) {
  const mine = student.mine
  if (!YOUNG.has(student.stage) || !mine?.active || !mine.rights.includes('CONSENT')) return null
  return <Devices child={student.student_id} />
}

function Devices({ child }: { child: string }) {
  const { t } = useTranslation('family')
  const [connecting, setConnecting] = useState(false)
  const query = useQuery({
    queryKey: pairingsKey(child),
    queryFn: () => getPairings(child),
    // While a code waits, the page tells by itself that it was typed in.
    refetchInterval: ({ state }) => (connecting || state.data?.codes.length ? 3_000 : false),
  })
  return (
    <section aria-label={t('devices.title')}>
      <h3 className={css.heading}>{t('devices.title')}</h3>
      <Sub>{t('devices.about')}</Sub>
      <Loaded query={query} skeleton={[44]}>
        {({ may_create: mayCreate, codes, devices }) => (
          <>
            <Rows>
              {devices.map((device) => (
                <Device key={device.id} child={child} device={device} />
              ))}
              {codes.map((code) => (
                <Code key={code.id} child={child} code={code} />
              ))}
            </Rows>
            {connecting && <ConnectDevice child={child} devices={devices} onClose={() => setConnecting(false)} />}
            {!connecting && mayCreate && (
              <div className={css.acts}>
                <Button onClick={() => setConnecting(true)}>{t('devices.start')}</Button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </section>
  )
}

function useRevoking(child: string, id: string) {
  const client = useQueryClient()
  return useMutation({ mutationFn: () => revokePairing(child, id), onSettled: () => client.invalidateQueries({ queryKey: pairingsKey(child) }) })
}

function Code({ child, code }: { child: string; code: OpenCode }) {
  const { t } = useTranslation('family')
  const revoking = useRevoking(child, code.id)
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {t('devices.waiting', { name: code.device_name })}
        <Sub>{t('devices.until', { moment: moment(code.expires_at_ms), by: code.made_by })}</Sub>
      </Grow>
      <Button size="xs" loading={revoking.isPending} onClick={() => revoking.mutate()} aria-label={`${t('devices.revokeCode')}: ${code.device_name}`}>
        {t('devices.revokeCode')}
      </Button>
      {revoking.error && <ProblemState problem={asProblem(revoking.error)} />}
    </li>
  )
}

function Device({ child, device }: { child: string; device: PairedDevice }) {
  const { t } = useTranslation('family')
  const [asking, setAsking] = useState(false)
  const revoking = useRevoking(child, device.id)
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {device.device_name}
        <Sub>{t('devices.used', { browser: device.browser, moment: moment(device.used_at_ms) })}</Sub>
        {asking && <p>{t('devices.sure')}</p>}
      </Grow>
      {device.live && <Chip tone="good">{t('devices.live')}</Chip>}
      {asking && (
        <Button size="xs" onClick={() => setAsking(false)}>
          {t('common:act.cancel')}
        </Button>
      )}
      <Button
        size="xs"
        variant={asking ? 'filled' : 'default'}
        loading={revoking.isPending}
        onClick={() => (asking ? revoking.mutate() : setAsking(true))}
        aria-label={`${t('devices.revoke')}: ${device.device_name}`}
      >
        {t('devices.revoke')}
      </Button>
      {revoking.error && <ProblemState problem={asProblem(revoking.error)} />}
    </li>
  )
}
