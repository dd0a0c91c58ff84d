import { IconX } from '@tabler/icons-react'
import { useLayoutEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { cx } from './basic'
import css from './Dialog.module.css'

interface DialogProps {
  title: ReactNode
  onClose?: () => void
  /** `top` hangs from the upper edge (search), `side` is a panel on the right or, on a phone, from below. */
  place?: 'centre' | 'top' | 'side'
  bare?: boolean
  children: ReactNode
}

/** A modal window on the browser's own <dialog>: it traps the focus and closes on Escape by itself. */
export function Dialog({ title, onClose, place = 'centre', bare = false, children }: DialogProps) {
  const { t } = useTranslation()
  const ref = useRef<HTMLDialogElement>(null)
  // Closed before it leaves the page, so that the browser gives the focus back to where it was.
  useLayoutEffect(() => {
    const dialog = ref.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- Escape does the same
    <dialog
      ref={ref}
      className={cx(css.dialog, css[place])}
      aria-label={typeof title === 'string' ? title : undefined}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      onClose={() => {
        // A browser closes a window on the second Escape whatever the page says; one that must be answered comes back.
        if (ref.current?.open !== false) return
        if (onClose) onClose()
        else ref.current.showModal()
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose?.()
      }}
    >
      <div className={cx(css.body, bare && css.bare)}>
        {!bare && (
          <div className={css.head}>
            <h2>{title}</h2>
            {onClose && (
              <button type="button" className={css.close} onClick={onClose} aria-label={t('act.close')}>
                <IconX size={20} stroke={1.75} aria-hidden />
              </button>
            )}
          </div>
        )}
        {children}
      </div>
    </dialog>
  )
}
