import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import type { Count } from '@/app/menu'
import { chatsQuery, inboxQuery, reviewsQuery } from '@/app/queries'
import { useRole } from '@/app/session'

interface CounterProps {
  of: Count
  className: string | undefined
}

/** How much work waits behind a menu entry; nothing is shown for none. */
export function Counter({ of, className }: CounterProps) {
  const { t } = useTranslation()
  const chats = useQuery({ ...chatsQuery, enabled: of === 'messages' })
  const reviews = useQuery({ ...reviewsQuery, enabled: of === 'reviews' })
  const role = useRole()
  const inbox = useQuery({ ...inboxQuery, enabled: of === 'requests' })
  const counts = {
    messages: chats.data?.chats.reduce((sum, chat) => sum + chat.unread, 0),
    reviews: reviews.data?.total,
    requests: inbox.data?.waiting,
    // Said with the session: no page asks for it by itself.
    claims: role?.student?.claims,
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
