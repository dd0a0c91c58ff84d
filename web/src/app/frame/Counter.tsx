import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { chatsQuery, inboxQuery, reviewsQuery } from '@/app/queries'

interface CounterProps {
  of: 'messages' | 'reviews' | 'requests'
  className: string | undefined
}

/** How much work waits behind a menu entry; nothing is shown for none. */
export function Counter({ of, className }: CounterProps) {
  const { t } = useTranslation()
  const chats = useQuery({ ...chatsQuery, enabled: of === 'messages' })
  const reviews = useQuery({ ...reviewsQuery, enabled: of === 'reviews' })
  const inbox = useQuery({ ...inboxQuery, enabled: of === 'requests' })
  const counts = {
    messages: chats.data?.chats.reduce((sum, chat) => sum + chat.unread, 0),
    reviews: reviews.data?.total,
    requests: inbox.data?.waiting,
  }
  const count = counts[of] ?? 0
  if (count === 0) return null
  return (
    <span className={className}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="visually-hidden">{t('frame.waiting', { count })}</span>
    </span>
  )
}
