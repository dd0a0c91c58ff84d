import { useClickOutside } from '@mantine/hooks'
import { useState, type ReactNode } from 'react'

import css from './Dropdown.module.css'

interface DropdownProps {
  /** Needed when the button shows no words. */
  label?: string
  button: ReactNode
  className?: string | undefined
  children: (close: () => void) => ReactNode
}

/** A button that unfolds a panel under itself. */
export function Dropdown({ label, button, className, children }: DropdownProps) {
  const [open, setOpen] = useState(false)
  const ref = useClickOutside<HTMLDivElement>(() => setOpen(false))
  const close = () => setOpen(false)
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Escape from anywhere inside closes the panel
    <div
      ref={ref}
      className={css.root}
      onKeyDown={(event) => {
        if (event.key === 'Escape') close()
      }}
    >
      <button type="button" className={className} aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)}>
        {button}
      </button>
      {open && <div className={css.panel}>{children(close)}</div>}
    </div>
  )
}
