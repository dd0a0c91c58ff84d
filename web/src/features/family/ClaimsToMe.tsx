import { Button, TextInput } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { actOnClaim, inviteParent, type ClaimToStudent } from '@/api/family'
import { asProblem } from '@/api/problem'
import { sessionQuery } from '@/app/session'
import { moment } from '@/lib/format'
import { Card, cx, Grow, Note, Rows, Sub } from '@/ui/basic'
import { ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import css from './Family.module.css'
import { familyQuery } from './queries'

/** «Мама просит доступ»: from 14 on a student says yes or no; until then the asker sees nothing. */
export function ClaimsToMe({ claims }: { claims: ClaimToStudent[] }) {
  const { t } = useTranslation('kids')
  if (claims.length === 0) return null
  return (
    <Card title={t('toMe.title')} sub={t('toMe.sub')}>
      <Rows>
        {claims.map((claim) => (
          <Line key={`${claim.id} ${claim.version}`} claim={claim} />
        ))}
      </Rows>
    </Card>
  )
}

/** The list, and the number beside the menu entry, which comes with the session. */
function lookAgain(client: QueryClient): Promise<unknown> {
  return Promise.all([familyQuery, sessionQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })))
}

function Line({ claim }: { claim: ClaimToStudent }) {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const deciding = useMutation({
    mutationFn: (act: 'confirm' | 'decline') => actOnClaim(act, claim.id, claim.version),
    onSettled: (_data, error) => (error && asProblem(error).kind !== 'conflict' ? undefined : lookAgain(client)),
  })
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {t('toMe.asks', { name: claim.guardian_name })}
        <Sub>{t(`toMe.source.${claim.source}`)}</Sub>
        <Sub>{t('toMe.until', { moment: moment(claim.expires_at_ms) })}</Sub>
        {deciding.error && <ProblemState problem={asProblem(deciding.error)} />}
      </Grow>
      <Button variant="filled" loading={deciding.isPending && deciding.variables === 'confirm'} disabled={deciding.isPending} onClick={() => deciding.mutate('confirm')}>
        {t('toMe.confirm')}
      </Button>
      <Button loading={deciding.isPending && deciding.variables === 'decline'} disabled={deciding.isPending} onClick={() => deciding.mutate('decline')}>
        {t('toMe.decline')}
      </Button>
    </li>
  )
}

/** A student from 14 on gives a parent a link that is good once. */
export function InviteParent() {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const clipboard = useClipboard({ timeout: 3000 })
  const inviting = useMutation({ mutationFn: inviteParent, onSuccess: () => client.invalidateQueries({ queryKey: familyQuery.queryKey }) })
  if (!inviting.data) {
    return (
      <>
        <div className={css.acts}>
          <Button loading={inviting.isPending} onClick={() => inviting.mutate()}>
            {t('parent.invite')}
          </Button>
        </div>
        {inviting.error && <ProblemState problem={asProblem(inviting.error)} />}
      </>
    )
  }
  const link = `${window.location.origin}/join#${inviting.data.code}`
  return (
    <div className={css.form}>
      <Note tone="good">{t('parent.made', { moment: moment(inviting.data.expires_at_ms) })}</Note>
      <TextInput label={t('parent.link')} readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
      <div className={css.acts}>
        <Button variant="filled" onClick={() => clipboard.copy(link)}>
          {t(clipboard.copied ? 'parent.copied' : 'parent.copy')}
        </Button>
        <Button onClick={() => inviting.reset()}>{t('common:act.close')}</Button>
      </div>
    </div>
  )
}
