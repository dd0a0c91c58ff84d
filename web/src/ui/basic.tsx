import type { ComponentProps, ReactNode } from 'react'

import { initials } from '@/lib/format'

import css from './ui.module.css'

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info' | 'primary'

export function cx(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(' ')
}

interface CardProps extends Omit<ComponentProps<'section'>, 'title'> {
  title?: ReactNode
  sub?: ReactNode
  action?: ReactNode
}

export function Card({ title, sub, action, children, className, ...rest }: CardProps) {
  return (
    <section {...rest} className={cx(css.card, className)}>
      {title != null && (
        <div className={css.cardHead}>
          <div className={css.cardText}>
            <h2>{title}</h2>
            {sub != null && <p className={css.sub}>{sub}</p>}
          </div>
          {action}
        </div>
      )}
      {children}
    </section>
  )
}

export function Chip({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={cx(css.chip, css[tone])}>
      {icon}
      <span>{children}</span>
    </span>
  )
}

export function Avatar({ name }: { name: string }) {
  return (
    <span className={css.avatar} aria-hidden="true">
      {initials(name)}
    </span>
  )
}

interface PageHeadProps {
  title: ReactNode
  sub?: ReactNode
  chips?: ReactNode
  children?: ReactNode
}

/** Title of a page, what describes it, and on the right what can be done. */
export function PageHead({ title, sub, chips, children }: PageHeadProps) {
  return (
    <header className={css.head}>
      <div className={css.headText}>
        <div className={css.headRow}>
          <h1>{title}</h1>
          {chips}
        </div>
        {sub != null && <p className={css.sub}>{sub}</p>}
      </div>
      {children}
    </header>
  )
}

interface SegmentsProps<T extends string> {
  label: string
  value: T
  options: { value: T; label: ReactNode }[]
  onChange: (value: T) => void
}

export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <div role="group" aria-label={label} className={cx(css.segments, 'no-print')}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          className={css.segment}
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  )
}

export function Note({ tone = 'warn', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <div role="status" className={cx(css.note, css[tone])}>
      <div>{children}</div>
    </div>
  )
}

/** Lines of a list inside a card, divided by thin rules. */
export function Rows({ children }: { children: ReactNode }) {
  return <ul className={css.rows}>{children}</ul>
}

export function Row({ children }: { children: ReactNode }) {
  return <li className={css.row}>{children}</li>
}

export function Grow({ children }: { children: ReactNode }) {
  return <div className={css.grow}>{children}</div>
}

export function Sub({ children }: { children: ReactNode }) {
  return <p className={css.sub}>{children}</p>
}
