import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { cx } from '@/ui/basic'

import css from './SignIn.module.css'

/** One card in the middle: the frame of all pages before the cabinet. */
export function Sheet({ wide = false, children }: { wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <main className={css.page}>
      <div className={cx(css.box, wide && css.wide)}>
        <div className={css.brand}>
          <img src="/mark.svg" alt="" width="36" height="36" />
          {t('app')}
        </div>
        <div className={css.card}>{children}</div>
      </div>
    </main>
  )
}
