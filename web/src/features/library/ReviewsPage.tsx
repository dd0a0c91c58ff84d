import { Button, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { decideItem, getReviews, type ReviewItem } from '@/api/library'
import { asProblem } from '@/api/problem'
import { reviewsQuery } from '@/app/queries'
import { moment } from '@/lib/format'
import { Card, Chip, PageHead } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import css from './Library.module.css'
import { gradesWord } from './LibraryPage'

export function ReviewsPage() {
  const { t } = useTranslation('library')
  const [token, setToken] = useState('')
  const query = useQuery(token === '' ? reviewsQuery : { queryKey: ['reviews', token], queryFn: () => getReviews(token) })
  return (
    <>
      <PageHead title={t('reviews.title')} sub={query.data ? t('reviews.waiting', { count: query.data.total }) : '\u00a0'} />
      <Loaded query={query} skeleton={[180, 180]}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty>{t('reviews.empty')}</Empty>
          ) : (
            <div className={css.reviews}>
              {data.items.map((item) => (
                <Review key={item.id} item={item} />
              ))}
              {data.next_page_token && <Button onClick={() => setToken(data.next_page_token)}>{t('reviews.next')}</Button>}
              {token !== '' && <Button onClick={() => setToken('')}>{t('reviews.first')}</Button>}
            </div>
          )
        }
      </Loaded>
    </>
  )
}

function Review({ item }: { item: ReviewItem }) {
  const { t } = useTranslation('library')
  const client = useQueryClient()
  const [rejecting, setRejecting] = useState(false)
  const draftKey = `myschool.draft.review.${item.id}`
  const [comment, setComment] = useState(() => localStorage.getItem(draftKey) ?? '')
  const deciding = useMutation({
    mutationFn: (verdict: 'APPROVE' | 'REJECT') => decideItem(item.id, { verdict, comment: verdict === 'REJECT' ? comment.trim() : '', expected_version: item.version }),
    onSuccess: () => {
      localStorage.removeItem(draftKey)
      return client.invalidateQueries({ queryKey: ['reviews'] })
    },
  })
  const write = (value: string) => {
    setComment(value)
    localStorage.setItem(draftKey, value)
  }
  return (
    <Card
      title={
        <Link to="/library/$itemId" params={{ itemId: item.id }}>
          {item.title}
        </Link>
      }
      sub={`${item.provider_name} · ${t('reviews.sent', { moment: moment(item.submitted_at_ms) })}`}
    >
      <p className={css.summary} style={{ margin: '8px 0' }}>
        {item.summary}
      </p>
      <span className={css.chips}>
        <Chip tone="info">{t(`kind.${item.kind}`, item.kind)}</Chip>
        <Chip>{item.subject}</Chip>
        <Chip>{gradesWord(t, item.grades)}</Chip>
      </span>
      {deciding.error && <ProblemState problem={asProblem(deciding.error)} />}
      {rejecting ? (
        <div className={css.actions}>
          <Textarea label={t('reviews.comment')} rows={2} maxLength={2000} value={comment} onChange={(event) => write(event.currentTarget.value)} />
          <Button variant="filled" disabled={!comment.trim()} loading={deciding.isPending} onClick={() => deciding.mutate('REJECT')}>
            {t('reviews.sendBack')}
          </Button>
          <Button onClick={() => setRejecting(false)}>{t('common:act.cancel')}</Button>
        </div>
      ) : (
        <div className={css.actions}>
          <Button variant="filled" loading={deciding.isPending} onClick={() => deciding.mutate('APPROVE')}>
            {t('reviews.approve')}
          </Button>
          <Button onClick={() => setRejecting(true)}>{t('reviews.reject')}</Button>
        </div>
      )}
    </Card>
  )
}
