import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import type { Chat } from '@/api/messages'
import { chatsQuery } from '@/app/queries'
import { dayOf, dotDate, shortName, time, today } from '@/lib/format'
import { cx } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './Messages.module.css'

export function MessagesPage() {
  const { t } = useTranslation('messages')
  const { chatId } = useParams({ strict: false })
  const query = useQuery(chatsQuery)
  return (
    <div className={css.layout}>
      <div className={cx(css.list, chatId && css.away)}>
        {chatId ? <h2>{t('title')}</h2> : <h1>{t('title')}</h1>}
        <nav className={css.chats} aria-label={t('title')}>
          <Loaded query={query} skeleton={[52, 52, 52]}>
            {({ chats }) =>
              chats.length === 0 ? <Empty>{t('empty')}</Empty> : [...chats].sort(byTime).map((chat) => <ChatLine key={chat.id} chat={chat} />)
            }
          </Loaded>
        </nav>
      </div>
      <div className={cx(css.conversation, !chatId && css.away)}>{chatId ? <Outlet /> : <p className={css.nobody}>{t('choose')}</p>}</div>
    </div>
  )
}

function byTime(a: Chat, b: Chat): number {
  return (b.last_message?.posted_at_ms ?? 0) - (a.last_message?.posted_at_ms ?? 0)
}

function ChatLine({ chat }: { chat: Chat }) {
  const { t } = useTranslation('messages')
  const last = chat.last_message
  return (
    <Link to="/messages/$chatId" params={{ chatId: chat.id }} className={css.chat}>
      <b>{chat.title}</b>
      <small>{last && (dayOf(last.posted_at_ms) === today() ? time(last.posted_at_ms) : dotDate(dayOf(last.posted_at_ms)))}</small>
      <p>{last ? `${shortName(last.author_name)}: ${last.body}` : t('noMessages')}</p>
      {chat.unread > 0 && (
        <span className={css.unread}>
          <span aria-hidden="true">{chat.unread}</span>
          <span className="visually-hidden">{t('common:notices.unread', { count: chat.unread })}</span>
        </span>
      )}
    </Link>
  )
}
