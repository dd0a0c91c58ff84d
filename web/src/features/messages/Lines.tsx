import { Button } from '@mantine/core'
import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react'
import { useTranslation } from 'react-i18next'

import type { Message } from '@/api/messages'
import { dayOf, longDate, shortName, time } from '@/lib/format'
import { cx } from '@/ui/basic'

import css from './Messages.module.css'
import type { Outgoing } from './outbox'

interface LinesProps {
  messages: Message[]
  sending: Outgoing[]
  me: string
  /** What the person had read when the chat was opened; the rest stands under «новые». */
  readSeq: number
  hasOlder: boolean
  loadingOlder: boolean
  onOlder: () => void
  onResend: (one: Outgoing) => void
}

export function Lines(props: LinesProps) {
  const { messages, sending, me, readSeq } = props
  const { t } = useTranslation('messages')
  const box = useStickToEnd(messages[0]?.seq ?? 0, messages.length + sending.length)
  const firstNew = messages.find((one) => one.seq > readSeq && one.author_id !== me)?.seq
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled log must be reachable by keyboard
    <div className={css.lines} ref={box} role="log" aria-label={t('log')} tabIndex={0}>
      {props.hasOlder && (
        <div className={css.older}>
          <Button size="xs" loading={props.loadingOlder} onClick={props.onOlder}>
            {t('older')}
          </Button>
        </div>
      )}
      {messages.length === 0 && sending.length === 0 && <p className={css.nobody}>{t('first')}</p>}
      {messages.map((message, index) => (
        <Line key={message.seq} message={message} before={messages[index - 1]} mine={message.author_id === me} fresh={message.seq === firstNew && readSeq > 0} />
      ))}
      {sending.map((one) => (
        <div key={one.id} className={cx(css.line, css.mine)}>
          <div className={css.bubble}>
            {one.body}
            <div className={cx(css.meta, one.state === 'failed' && css.failed)}>
              {t(one.state)}
              {one.state === 'failed' && (
                <button type="button" className={css.metaButton} onClick={() => props.onResend(one)}>
                  {t('resend')}
                </button>
              )}
            </div>
          </div>
        </div>
      ))}
    </div>
  )
}

function Line({ message, before, mine, fresh }: { message: Message; before: Message | undefined; mine: boolean; fresh: boolean }) {
  const { t, i18n } = useTranslation('messages')
  const day = dayOf(message.posted_at_ms)
  const newDay = !before || dayOf(before.posted_at_ms) !== day
  const first = newDay || fresh || before.author_id !== message.author_id
  const role = `common:role.${message.author_role}`
  return (
    <>
      {newDay && <p className={css.separator}>{longDate(day)}</p>}
      {fresh && <p className={cx(css.separator, css.fresh)}>{t('new')}</p>}
      <div className={cx(css.line, first && css.first, mine && css.mine)}>
        <div className={css.bubble}>
          {first && !mine && (
            <p className={css.author}>
              {shortName(message.author_name)} <span>{message.author_role && i18n.exists(role) ? t(role).toLowerCase() : ''}</span>
            </p>
          )}
          {message.body}
          <div className={css.meta}>{time(message.posted_at_ms)}</div>
        </div>
      </div>
    </>
  )
}

const NEAR = 120

/** Stays at the newest message unless the reader has scrolled away; keeps the place when older ones come in above. */
function useStickToEnd(firstSeq: number, count: number): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const past = useRef({ firstSeq: 0, height: 0 })
  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const onScroll = () => {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [])
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    if (past.current.firstSeq > firstSeq) element.scrollTop += element.scrollHeight - past.current.height
    else if (atEnd.current) element.scrollTop = element.scrollHeight
    past.current = { firstSeq, height: element.scrollHeight }
  }, [firstSeq, count])
  return box
}
