import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { getSignIns, type SignIn } from '@/api/session'
import { moment } from '@/lib/format'
import { More } from '@/ui/More'
import { Chip, Grow, Row, Rows, Sub } from '@/ui/basic'
import { Loaded } from '@/ui/states'

const REASONS = new Set(['person', 'everywhere', 'keycloak', 'expired', 'blocked', 'linked', 'separated'])

/** Every sign-in of the last 90 days, newest first: an unknown one among them is worth a look. */
export function SignIns() {
  const { t } = useTranslation('settings')
  const query = useInfiniteQuery({
    queryKey: ['sign-ins', 'all'],
    queryFn: ({ pageParam }) => getSignIns(pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  return (
    <Loaded query={query} skeleton={[44, 44]}>
      {(data) => (
        <>
          <Rows>
            {data.pages
              .flatMap((page) => page.sign_ins)
              .map((one) => (
                <Line key={one.id} signIn={one} />
              ))}
          </Rows>
          <More query={query} size="xs" label={t('consents.more')} />
        </>
      )}
    </Loaded>
  )
}

function Line({ signIn }: { signIn: SignIn }) {
  const { t } = useTranslation('settings')
  const reason = REASONS.has(signIn.end_reason) ? signIn.end_reason : 'other'
  return (
    <Row>
      <Grow>
        {signIn.device}
        <Sub>
          {t('sessions.opened', { opened: moment(signIn.opened_at_ms) })}
          {signIn.ended_at_ms > 0 && ` · ${t(`sessions.ended.${reason}`, { ended: moment(signIn.ended_at_ms) })}`}
        </Sub>
      </Grow>
      {signIn.ended_at_ms === 0 && <Chip tone="good">{t(signIn.current ? 'sessions.current' : 'sessions.open')}</Chip>}
    </Row>
  )
}
