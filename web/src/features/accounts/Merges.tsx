import { Button } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getMerges, separatePeople, type KeptRow, type Merge } from '@/api/duplicates'
import { asProblem } from '@/api/problem'
import { moment } from '@/lib/format'
import { More } from '@/ui/More'
import { Card, Chip, cx, Grow, Note, Rows, Sub } from '@/ui/basic'
import { Dialog } from '@/ui/Dialog'
import { Empty, Loaded, ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import css from './Accounts.module.css'

/** Who was joined by whom, and the way back. */
export function Merges() {
  const { t } = useTranslation('duplicates')
  const [kept, setKept] = useState<KeptRow[] | null>(null)
  const query = useInfiniteQuery({
    queryKey: ['merges'],
    queryFn: ({ pageParam }) => getMerges(pageParam),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  })
  return (
    <>
      {kept && <Outcome kept={kept} />}
      <Loaded query={query} skeleton={[56, 56]}>
        {(data) => {
          const merges = data.pages.flatMap((page) => page.merges)
          if (merges.length === 0) return <Empty>{t('noneMerged')}</Empty>
          return (
            <Card>
              <Rows>
                {merges.map((one) => (
                  <Line key={one.id} merge={one} onKept={setKept} />
                ))}
              </Rows>
              <More query={query} />
            </Card>
          )
        }}
      </Loaded>
    </>
  )
}

function Outcome({ kept }: { kept: KeptRow[] }) {
  const { t } = useTranslation('duplicates')
  return (
    <div style={{ marginBottom: 16 }}>
      <Note tone={kept.length > 0 ? 'warn' : 'good'}>
        {kept.length === 0 ? (
          t('separatedWhole')
        ) : (
          <>
            {t('separatedPartly')}
            <ul>
              {kept.map((row) => (
                <li key={`${row.what} ${row.role_type} ${row.name}`}>
                  {[t(`what.${row.what}`), row.role_type && t(`common:role.${row.role_type}`, row.role_type), row.name].filter(Boolean).join(': ')}
                </li>
              ))}
            </ul>
          </>
        )}
      </Note>
    </div>
  )
}

function Line({ merge, onKept }: { merge: Merge; onKept: (kept: KeptRow[]) => void }) {
  const { t } = useTranslation('duplicates')
  const [asking, setAsking] = useState(false)
  const over = merge.separated_at_ms > 0
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {merge.full_name === merge.merged_name || !merge.merged_name ? merge.full_name : `${merge.full_name} ← ${merge.merged_name}`}
        <Sub>{t('mergedBy', { moment: moment(merge.merged_at_ms), author: merge.author || t('byItself') })}</Sub>
        <Sub>{t('moved', { count: merge.moved })}</Sub>
        {over && <Sub>{t('separatedBy', { moment: moment(merge.separated_at_ms), author: merge.separated_by || t('byItself') })}</Sub>}
        {merge.kept > 0 && <Sub>{t('keptCount', { count: merge.kept })}</Sub>}
      </Grow>
      <Chip tone={over ? 'neutral' : 'info'}>{t(over ? 'state.separated' : 'state.merged')}</Chip>
      {!over && (
        <Button size="xs" aria-label={t('separateOf', { name: merge.full_name })} onClick={() => setAsking(true)}>
          {t('separate')}
        </Button>
      )}
      {asking && <Separation merge={merge} onClose={() => setAsking(false)} onKept={onKept} />}
    </li>
  )
}

function Separation({ merge, onClose, onKept }: { merge: Merge; onClose: () => void; onKept: (kept: KeptRow[]) => void }) {
  const { t } = useTranslation('duplicates')
  const client = useQueryClient()
  const separating = useMutation({
    mutationFn: () => separatePeople(merge.id),
    onSuccess: async ({ kept }) => {
      onKept(kept)
      onClose()
      await Promise.all([client.invalidateQueries({ queryKey: ['merges'] }), client.invalidateQueries({ queryKey: ['duplicates'] })])
    },
  })
  return (
    <Dialog title={t('separateOf', { name: merge.full_name })} onClose={onClose}>
      <p>{t('separateText')}</p>
      {separating.error && <ProblemState problem={asProblem(separating.error)} />}
      <div className={css.acts}>
        <Button variant="filled" loading={separating.isPending} onClick={() => separating.mutate()}>
          {t('separate')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </Dialog>
  )
}
