import { Button, Textarea } from '@mantine/core'
import { IconArrowLeft, IconSend2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useEffect, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { chatsQuery } from '@/app/queries'
import { useLive } from '@/live/Live'
import { Note, Sub } from '@/ui/basic'
import { ProblemState, Skeleton } from '@/ui/states'

import { Lines } from './Lines'
import css from './Messages.module.css'
import { useConversation } from './useConversation'

export function Conversation() {
  const { chatId } = useParams({ from: '/cabinet/messages/$chatId' })
  return <ConversationOf key={chatId} chatId={chatId} />
}

function ConversationOf({ chatId }: { chatId: string }) {
  const { t } = useTranslation('messages')
  const away = useAway(useLive().open)
  const chat = useQuery(chatsQuery).data?.chats.find((one) => one.id === chatId)
  const { query, messages, sending, send, resend, me } = useConversation(chatId)
  const [readAtOpening] = useState(chat?.read_seq ?? 0)
  return (
    <>
      <header className={css.chatHead}>
        <Link to="/messages" className={css.back} aria-label={t('back')}>
          <IconArrowLeft size={20} aria-hidden />
        </Link>
        <div>
          <h1>{chat?.title ?? '\u00a0'}</h1>
          <Sub>{chat ? t('members', { count: chat.members }) : '\u00a0'}</Sub>
        </div>
      </header>
      {away && query.data && <Note>{t('notLive')}</Note>}
      {query.error && !query.data && <ProblemState problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
      {!query.data && !query.error && (
        <div style={{ padding: 16, flex: 1 }}>
          <Skeleton heights={[44, 44, 64]} />
        </div>
      )}
      {query.data && (
        <Lines
          messages={messages}
          sending={sending}
          me={me}
          readSeq={readAtOpening}
          hasOlder={query.hasNextPage}
          loadingOlder={query.isFetchingNextPage}
          onOlder={() => void query.fetchNextPage()}
          onResend={resend}
        />
      )}
      {chat?.can_write === false ? <Note tone="info">{t('readOnly')}</Note> : <Composer chatId={chatId} onSend={send} />}
    </>
  )
}

const PATIENCE_MS = 4_000

/** True when the live connection has been gone long enough to be worth a word. */
function useAway(open: boolean): boolean {
  const [away, setAway] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setAway(!open), open ? 0 : PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [open])
  return away
}

function Composer({ chatId, onSend }: { chatId: string; onSend: (body: string) => void }) {
  const { t } = useTranslation('messages')
  const draftKey = `myschool.draft.chat.${chatId}`
  const [text, setText] = useState(() => localStorage.getItem(draftKey) ?? '')
  const write = (value: string) => {
    setText(value)
    if (value) localStorage.setItem(draftKey, value)
    else localStorage.removeItem(draftKey)
  }
  const submit = () => {
    const body = text.trim()
    if (!body) return
    onSend(body)
    write('')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // Enter while a word is being composed belongs to the input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    submit()
  }
  return (
    <form
      className={css.composer}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Textarea
        aria-label={t('write')}
        placeholder={t('write')}
        rows={Math.min(5, Math.max(1, text.split('\n').length))}
        maxLength={4000}
        value={text}
        onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <Button type="submit" variant="filled" aria-label={t('send')} disabled={!text.trim()}>
        <IconSend2 size={20} stroke={1.75} aria-hidden />
      </Button>
    </form>
  )
}
