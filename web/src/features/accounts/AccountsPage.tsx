import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getAccounts, type Account, type Which } from '@/api/accounts'
import { asProblem } from '@/api/problem'
import { moment } from '@/lib/format'
import { More } from '@/ui/More'
import { Card, Chip, cx, Grow, PageHead, Rows, Segments, Sub } from '@/ui/basic'
import { Empty, ProblemState, Skeleton } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import css from './Accounts.module.css'
import { BlockDialog, UnblockDialog } from './BlockDialog'
import { HistoryDialog } from './HistoryDialog'

/** Who of the region signs in, and who may not for now. */
export function AccountsPage() {
  const { t } = useTranslation('accounts')
  const [text, setText] = useState('')
  const [which, setWhich] = useState<Which>('all')
  const [q] = useDebouncedValue(text.trim(), 250)
  const query = useInfiniteQuery({
    queryKey: ['accounts', q, which],
    queryFn: ({ pageParam }) => getAccounts(q, which, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    placeholderData: keepPreviousData,
  })
  const found = query.data?.pages.flatMap((page) => page.accounts) ?? []
  return (
    <>
      <PageHead title={t('title')} sub={t('sub')}>
        <Segments
          label={t('which')}
          value={which}
          options={[
            { value: 'all', label: t('all') },
            { value: 'blocked', label: t('onlyBlocked') },
            { value: 'never', label: t('onlyNever') },
          ]}
          onChange={setWhich}
        />
      </PageHead>
      <TextInput
        style={{ maxWidth: 420, marginBottom: 16 }}
        type="search"
        maxLength={100}
        aria-label={t('search')}
        placeholder={t('search')}
        leftSection={<IconSearch size={18} stroke={1.75} aria-hidden />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {query.isPending && <Skeleton heights={[56, 56, 56, 56]} />}
      {query.error && <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
      {query.data && found.length === 0 && !query.hasNextPage && <Empty>{t(q ? 'nothing' : `none.${which}`)}</Empty>}
      {(found.length > 0 || query.hasNextPage) && (
        <Card>
          <Rows>
            {found.map((one) => (
              <Line key={one.person_id} account={one} />
            ))}
          </Rows>
          {found.length === 0 && <p>{t('noneYet')}</p>}
          <More query={query} />
        </Card>
      )}
    </>
  )
}

type Asked = 'block' | 'unblock' | 'history' | null

function Line({ account }: { account: Account }) {
  const { t } = useTranslation('accounts')
  const [asked, setAsked] = useState<Asked>(null)
  const close = () => setAsked(null)
  const roles = account.roles.map((role) => [t(`common:role.${role.type}`, role.type), role.organisation_name].filter(Boolean).join(', '))
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {account.full_name}
        {account.own && ` (${t('you')})`}
        <Sub>{[...new Set(roles)].join(' · ')}</Sub>
        {account.last_sign_in_ms > 0 && <Sub>{t('last', { moment: moment(account.last_sign_in_ms) })}</Sub>}
        {account.blocked && <Sub>{t('closedAt', { reason: t(`reason.${account.blocked}`), moment: moment(account.blocked_at_ms) })}</Sub>}
      </Grow>
      <Chip tone={account.blocked ? 'bad' : account.has_account ? 'good' : 'neutral'}>
        {t(account.blocked ? 'closedState' : account.has_account ? 'openState' : 'noAccount')}
      </Chip>
      {account.version > 0 && (
        <Button size="xs" aria-label={t('historyOf', { name: account.full_name })} onClick={() => setAsked('history')}>
          {t('history')}
        </Button>
      )}
      {account.blocked ? (
        <Button size="xs" aria-label={t('unblockTitle', { name: account.full_name })} onClick={() => setAsked('unblock')}>
          {t('unblock')}
        </Button>
      ) : (
        !account.own && (
          <Button size="xs" aria-label={t('blockTitle', { name: account.full_name })} onClick={() => setAsked('block')}>
            {t('block')}
          </Button>
        )
      )}
      {asked === 'block' && <BlockDialog account={account} onClose={close} />}
      {asked === 'unblock' && <UnblockDialog account={account} onClose={close} />}
      {asked === 'history' && <HistoryDialog account={account} onClose={close} />}
    </li>
  )
}
