import { Button } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { getItem, openItem, type ItemPage as ItemBody } from '@/api/library'
import { asProblem } from '@/api/problem'
import { dayMonth, dayOf } from '@/lib/format'
import { Card, Chip, Note, PageHead } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import css from './Library.module.css'
import { gradesWord } from './LibraryPage'

export function ItemPage() {
  const { itemId } = useParams({ from: '/cabinet/library/$itemId' })
  const query = useQuery({ queryKey: ['library', 'item', itemId], queryFn: () => getItem(itemId) })
  return (
    <Loaded query={query} skeleton={[38, 60, 320]}>
      {(item) => <ItemOf key={item.id} item={item} />}
    </Loaded>
  )
}

function ItemOf({ item }: { item: ItemBody }) {
  const { t } = useTranslation('library')
  const opening = useMutation({
    mutationFn: () => openItem(item.id),
    onSuccess: ({ content_url: url }) => {
      if (isWeb(url)) window.open(url, '_blank', 'noopener')
    },
  })
  useCountOpening(item)
  return (
    <>
      <PageHead title={item.title} sub={item.provider_name}>
        {isWeb(item.content_url) && (
          <Button
            variant="filled"
            rightSection={<IconExternalLink size={18} stroke={1.75} aria-hidden />}
            loading={opening.isPending}
            onClick={() => opening.mutate()}
          >
            {t('open')}
          </Button>
        )}
      </PageHead>
      {opening.error && <ProblemState problem={asProblem(opening.error)} />}
      {item.status !== 'APPROVED' && <Note tone="info">{t(`status.${item.status}`, item.status)}</Note>}
      <div className={css.item}>
        <Card>
          {item.summary && <p className={css.summary}>{item.summary}</p>}
          {/* The library service cleans a provider's HTML before it stores it. */}
          {item.body_html ? (
            <div className={css.body} dangerouslySetInnerHTML={{ __html: item.body_html }} />
          ) : (
            <p className={css.body}>{t('noBody')}</p>
          )}
        </Card>
        <Card>
          <dl className={css.facts}>
            <div>
              <dt>{t('kindLabel')}</dt>
              <dd>
                <Chip tone="info">{t(`kind.${item.kind}`, item.kind)}</Chip>
              </dd>
            </div>
            <div>
              <dt>{t('for')}</dt>
              <dd>
                {item.subject}, {gradesWord(t, item.grades)}
              </dd>
            </div>
            {item.duration_minutes > 0 && (
              <div>
                <dt>{t('duration')}</dt>
                <dd>{t('common:minutes', { count: item.duration_minutes })}</dd>
              </div>
            )}
            <div>
              <dt>{t('provider')}</dt>
              <dd>{item.provider_name}</dd>
            </div>
            {item.published_at_ms > 0 && (
              <div>
                <dt>{t('published')}</dt>
                <dd>{dayMonth(dayOf(item.published_at_ms))}</dd>
              </div>
            )}
          </dl>
        </Card>
      </div>
    </>
  )
}

/** An item read on this page counts as opened once a visit; content elsewhere counts by its button. */
function useCountOpening(item: ItemBody): void {
  const counted = useRef('')
  useEffect(() => {
    if (!item.body_html || item.status !== 'APPROVED' || counted.current === item.id) return
    counted.current = item.id
    openItem(item.id).catch(() => undefined)
  }, [item])
}

function isWeb(url: string): boolean {
  return /^https?:\/\//.test(url)
}
