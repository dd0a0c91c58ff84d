import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { getAccountHistory, type Account } from '@/api/accounts'
import { moment } from '@/lib/format'
import { Grow, Row, Rows, Sub } from '@/ui/basic'
import { Dialog } from '@/ui/Dialog'
import { Empty, Loaded } from '@/ui/states'

/** Who closed and opened the account, when and why. */
export function HistoryDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation('accounts')
  const query = useQuery({
    queryKey: ['accounts', 'history', account.person_id, account.version],
    queryFn: () => getAccountHistory(account.person_id),
  })
  return (
    <Dialog title={t('historyOf', { name: account.full_name })} onClose={onClose} place="side">
      <Loaded query={query} skeleton={[56, 56]}>
        {(data) =>
          data.changes.length === 0 ? (
            <Empty>{t('emptyHistory')}</Empty>
          ) : (
            <Rows>
              {data.changes.map((one) => (
                <Row key={one.at_ms}>
                  <Grow>
                    {t(`act.${one.act}`, { reason: t(`reason.${one.reason}`) })}
                    <Sub>{one.words}</Sub>
                    <Sub>{t('line', { moment: moment(one.at_ms), author: one.author_name || t('byOperator') })}</Sub>
                  </Grow>
                </Row>
              ))}
            </Rows>
          )
        }
      </Loaded>
    </Dialog>
  )
}
