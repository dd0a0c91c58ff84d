import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { getConsentFacts } from '@/api/consents'
import { moment } from '@/lib/format'
import { More } from '@/ui/More'
import { Grow, Row, Rows, Sub } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

/** Every word on the consents of one person, newest first. */
export function ConsentHistory({ subjectId }: { subjectId: string }) {
  const { t } = useTranslation('settings')
  const query = useInfiniteQuery({
    queryKey: ['consents', 'facts', subjectId],
    queryFn: ({ pageParam }) => getConsentFacts(subjectId, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  const facts = query.data?.pages.flatMap((page) => page.facts) ?? []
  return (
    <Loaded query={query} skeleton={[44, 44]}>
      {() => (
        <>
          {facts.length === 0 && <Empty>{t('consents.noHistory')}</Empty>}
          <Rows>
            {facts.map((fact) => (
              <Row key={`${fact.at_ms} ${fact.purpose}`}>
                <Grow>
                  {fact.title}: {t(`consents.state.${fact.act}`)}
                  <Sub>{t('consents.fact', { moment: moment(fact.at_ms), by: fact.by, version: fact.version, hash: fact.text_hash.slice(0, 12) })}</Sub>
                </Grow>
              </Row>
            ))}
          </Rows>
          <More query={query} size="xs" label={t('consents.more')} />
        </>
      )}
    </Loaded>
  )
}
