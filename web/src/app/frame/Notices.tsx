import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { chatsQuery } from '@/app/queries'
import { useNews } from '@/live/news'
import { moment, time } from '@/lib/format'
import { Dropdown } from '@/ui/Dropdown'

import css from './Frame.module.css'
import menu from './Menu.module.css'
import { useNewSignIns } from './useNewSignIns'

/** What came while the page was open: unread chats and changes in the diary. */
export function Notices({ icon }: { icon: ReactNode }) {
  const { t } = useTranslation()
  const chats = useQuery(chatsQuery).data?.chats.filter((chat) => chat.unread > 0) ?? []
  const news = useNews()
  const signIns = useNewSignIns()
  const count = chats.length + news.length + signIns.list.length
  return (
    <Dropdown
      label={t('notices.open', { count })}
      className={css.iconButton}
      button={
        <>
          {icon}
          {count > 0 && <span className={css.dot} />}
        </>
      }
    >
      {(close) => (
        <>
          <p className={menu.group}>{t('notices.title')}</p>
          {count === 0 && <p className={menu.item}>{t('notices.empty')}</p>}
          {signIns.list.map((one) => (
            <Link
              key={one.id}
              to="/settings"
              hash="sessions"
              className={menu.item}
              onClick={() => {
                signIns.seen()
                close()
              }}
            >
              <span>
                {t('notices.signIn', { device: one.device })}
                <small>{t('notices.signInAt', { moment: moment(one.opened_at_ms) })}</small>
              </span>
            </Link>
          ))}
          {news.map((item) => (
            <Link key={item.id} to="/diary" className={menu.item} onClick={close}>
              <span>
                {t(`notices.${item.what}`)}
                <small>{time(item.at)}</small>
              </span>
            </Link>
          ))}
          {chats.map((chat) => (
            <Link key={chat.id} to="/messages/$chatId" params={{ chatId: chat.id }} className={menu.item} onClick={close}>
              <span>
                {chat.title}
                <small>{t('notices.unread', { count: chat.unread })}</small>
              </span>
            </Link>
          ))}
        </>
      )}
    </Dropdown>
  )
}
