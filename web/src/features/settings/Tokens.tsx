import { Button, TextInput } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { createToken, getTokens, revokeToken, type FamilyToken } from '@/api/tokens'
import { moment, now } from '@/lib/format'
import { Card, Chip, Grow, Note, Row, Rows, Segments, Sub } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import css from './Settings.module.css'

const TOKENS = ['tokens']
const TERMS = ['30', '90', '366'] as const

/** Read-only keys to the diary for a family's own programs. */
export function Tokens() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const query = useQuery({ queryKey: TOKENS, queryFn: getTokens })
  const refresh = () => client.invalidateQueries({ queryKey: TOKENS })
  const revoking = useMutation({ mutationFn: revokeToken, onSettled: refresh })
  return (
    <Card title={t('tokens.title')} sub={t('tokens.sub')}>
      <Loaded query={query} skeleton={[44]}>
        {({ tokens }) => (
          <>
            {tokens.length === 0 && <Empty>{t('tokens.none')}</Empty>}
            <Rows>
              {tokens.map((token) => (
                <Line key={token.id} token={token} busy={revoking.isPending && revoking.variables === token.id} onEnd={() => revoking.mutate(token.id)} />
              ))}
            </Rows>
          </>
        )}
      </Loaded>
      {revoking.error && <ProblemState problem={asProblem(revoking.error)} />}
      <NewToken onMade={refresh} />
    </Card>
  )
}

function Line({ token, busy, onEnd }: { token: FamilyToken; busy: boolean; onEnd: () => void }) {
  const { t } = useTranslation('settings')
  const expired = token.expires_at_ms <= now()
  return (
    <Row>
      <IconKey size={20} stroke={1.6} aria-hidden />
      <Grow>
        {token.name}
        <Sub>
          {t(expired ? 'tokens.expired' : 'tokens.until', { moment: moment(token.expires_at_ms) })} ·{' '}
          {token.used_at_ms ? t('tokens.used', { moment: moment(token.used_at_ms) }) : t('tokens.unused')}
        </Sub>
      </Grow>
      {expired && <Chip>{t('tokens.over')}</Chip>}
      <Button size="xs" loading={busy} onClick={onEnd} aria-label={`${t('tokens.revoke')}: ${token.name}`}>
        {t('tokens.revoke')}
      </Button>
    </Row>
  )
}

function NewToken({ onMade }: { onMade: () => Promise<void> }) {
  const { t } = useTranslation('settings')
  const [name, setName] = useState('')
  const [days, setDays] = useState<(typeof TERMS)[number]>('90')
  const making = useMutation({
    mutationFn: () => createToken(name.trim(), Number(days)),
    onSuccess: async () => {
      setName('')
      await onMade()
    },
  })
  const make = (event: SyntheticEvent) => {
    event.preventDefault()
    if (name.trim()) making.mutate()
  }
  return (
    <form className={css.form} onSubmit={make}>
      {making.data && (
        <Note tone="good">
          <p>{t('tokens.once')}</p>
          <code className={css.secret}>{making.data.secret}</code>
        </Note>
      )}
      <TextInput label={t('tokens.name')} placeholder={t('tokens.example')} maxLength={60} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <div>
        <p className={css.label}>{t('tokens.term')}</p>
        <Segments label={t('tokens.term')} value={days} options={TERMS.map((term) => ({ value: term, label: t(`tokens.days.${term}`) }))} onChange={setDays} />
      </div>
      {making.error && <ProblemState problem={asProblem(making.error)} />}
      <Button type="submit" loading={making.isPending} disabled={!name.trim()}>
        {t('tokens.make')}
      </Button>
    </form>
  )
}
