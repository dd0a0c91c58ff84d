import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { withdrawRequest, type OwnRequest } from '@/api/family'
import { asProblem } from '@/api/problem'
import { loginAddress } from '@/api/session'
import { dayMonth, today } from '@/lib/format'
import { Chip, cx, Grow, Rows, Sub, type Tone } from '@/ui/basic'
import { ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import css from './Family.module.css'
import { startQuery } from './queries'

const tones: Record<OwnRequest['status'], Tone> = { PENDING: 'info', CONFIRMED: 'good', REFUSED: 'warn', WITHDRAWN: 'neutral' }

/** «Ваш запрос у школы № 12 с 26 ноября», and what became of earlier ones. */
export function OwnRequests({ requests }: { requests: OwnRequest[] }) {
  const shown = requests.filter((one) => one.status !== 'WITHDRAWN').slice(0, 10)
  if (shown.length === 0) return null
  return (
    <Rows>
      {shown.map((one) => (
        <Line key={one.id} request={one} />
      ))}
    </Rows>
  )
}

function Line({ request }: { request: OwnRequest }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const withdrawing = useMutation({
    mutationFn: () => withdrawRequest(request.id, request.version),
    onSettled: () => client.invalidateQueries({ queryKey: startQuery.queryKey }),
  })
  const about = request.kind === 'CHILD' ? [request.child_name, request.group_name].filter(Boolean).join(', ') : t('request.self')
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {t(`request.line.${request.status}`, { school: request.organisation_name, day: dayMonth(today(request.created_at_ms)) })}
        <Sub>{about}</Sub>
        {request.status === 'REFUSED' && <p>{t('request.reason', { reason: request.reason })}</p>}
        {request.status === 'CONFIRMED' && request.kind === 'SELF' && <p>{t('request.again')}</p>}
        {withdrawing.error && <ProblemState problem={asProblem(withdrawing.error)} />}
      </Grow>
      <Chip tone={tones[request.status]}>{t(`request.status.${request.status}`)}</Chip>
      {request.status === 'PENDING' && (
        <Button size="xs" loading={withdrawing.isPending} onClick={() => withdrawing.mutate()}>
          {t('request.withdraw')}
        </Button>
      )}
      {request.status === 'CONFIRMED' && request.kind === 'SELF' && (
        <Button component="a" variant="filled" href={loginAddress('/')}>
          {t('request.enter')}
        </Button>
      )}
    </li>
  )
}
