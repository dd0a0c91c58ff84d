import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getDuplicates } from '@/api/duplicates'
import { More } from '@/ui/More'
import { PageHead, Segments } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './Accounts.module.css'
import { Merges } from './Merges'
import { PairCard } from './PairCard'

type View = 'open' | 'judged' | 'merged'

/** Records that look like one person: compared side by side, joined, parted again. */
export function DuplicatesPage() {
  const { t } = useTranslation('duplicates')
  const [view, setView] = useState<View>('open')
  return (
    <>
      <PageHead title={t('title')} sub={t('sub')}>
        <Segments
          label={t('which')}
          value={view}
          options={(['open', 'judged', 'merged'] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
          onChange={setView}
        />
      </PageHead>
      {view === 'merged' ? <Merges /> : <Pairs key={view} judged={view === 'judged'} />}
    </>
  )
}

function Pairs({ judged }: { judged: boolean }) {
  const { t } = useTranslation('duplicates')
  const query = useInfiniteQuery({
    queryKey: ['duplicates', String(judged)],
    queryFn: ({ pageParam }) => getDuplicates(judged, pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  return (
    <Loaded query={query} skeleton={[220, 220]}>
      {(data) => {
        const pairs = data.pages.flatMap((page) => page.pairs)
        if (pairs.length === 0) return <Empty>{t(judged ? 'noneJudged' : 'none')}</Empty>
        return (
          <div className={css.stack}>
            {pairs.map((pair) => (
              <PairCard key={`${pair.first.id} ${pair.second.id}`} pair={pair} judged={judged} />
            ))}
            <More query={query} />
          </div>
        )
      }}
    </Loaded>
  )
}
