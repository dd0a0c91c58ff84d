import { IconArrowBackUp, IconCheck, IconCloudOff, IconKeyboard, IconLoader2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import { time } from '@/lib/format'

import foot from './Foot.module.css'
import css from './Grid.module.css'
import type { Entry, QueueView } from './queue'

interface GridFootProps {
  view: QueueView
  /** Marks in today's lessons. */
  today: number
  /** Takes the last change back; absent when there is nothing to take back or it is too late. */
  onUndo: (() => void) | undefined
  /** Shows the first entry that needs the teacher. */
  onShow: (entry: Entry) => void
}

/** The honest state of saving. */
export function GridFoot({ view, today, onUndo, onShow }: GridFootProps) {
  const { t } = useTranslation('journal')
  const by = (state: Entry['state']) => view.entries.filter((entry) => entry.state === state)
  const waiting = by('waiting')
  const conflict = by('conflict')
  const refused = by('refused')
  const saving = by('sending').length + (view.offline ? 0 : waiting.length)
  return (
    <div className={css.foot}>
      <span role="status" aria-live="polite">
        {saving > 0 ? (
          <>
            <IconLoader2 size={16} aria-hidden />
            {t('foot.saving')}
          </>
        ) : (
          view.savedAt !== null && (
            <span className={foot.saved}>
              <IconCheck size={16} stroke={2} aria-hidden /> {t('foot.saved', { time: time(view.savedAt) })}
            </span>
          )
        )}
        {saving === 0 && view.savedAt === null && t('foot.nothing')}
      </span>
      {view.offline && waiting.length > 0 && (
        <span className={foot.waits}>
          <IconCloudOff size={16} stroke={1.75} aria-hidden />
          {t('foot.waiting', { count: waiting.length })}
        </span>
      )}
      {conflict[0] && <Needs entry={conflict[0]} className={foot.waits} text={t('foot.conflict', { count: conflict.length })} onShow={onShow} />}
      {refused[0] && <Needs entry={refused[0]} className={foot.refusedFoot} text={t('foot.refused', { count: refused.length })} onShow={onShow} />}
      {today > 0 && <span>{t('foot.today', { count: today })}</span>}
      {onUndo ? (
        <button type="button" className={foot.undo} onClick={onUndo}>
          <IconArrowBackUp size={16} stroke={1.75} aria-hidden />
          {t('common:act.undo')}
        </button>
      ) : (
        <span className={css.hint}>
          <IconKeyboard size={16} stroke={1.75} aria-hidden />
          {t('foot.keys')}
        </span>
      )}
    </div>
  )
}

function Needs(props: { entry: Entry; className: string | undefined; text: string; onShow: (entry: Entry) => void }) {
  return (
    <span className={props.className} aria-live="polite">
      <span className={foot.mark} aria-hidden="true" />
      <button type="button" className={foot.link} onClick={() => props.onShow(props.entry)}>
        {props.text}
      </button>
    </span>
  )
}
