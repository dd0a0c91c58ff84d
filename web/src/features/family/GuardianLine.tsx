import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import type { Guardianship } from '@/api/family'
import { shortDate } from '@/lib/format'
import { Chip, cx, Grow, Sub } from '@/ui/basic'
import ui from '@/ui/ui.module.css'

import css from './Family.module.css'
import { courtWords, rightsWords } from './rights'

/** Who stands for a child: what they may do, until when, and why not more. */
export function GuardianLine({ guardian, children }: { guardian: Guardianship; children?: ReactNode }) {
  const { t } = useTranslation('family')
  const rights = rightsWords(t, guardian.rights)
  const limited = rightsWords(t, guardian.limited)
  return (
    <li className={cx(ui.row, css.line)}>
      <Grow>
        {guardian.full_name}
        {guardian.me && ` (${t('guardian.me')})`}
        <Sub>{rights || t('guardian.nothing')}</Sub>
        {limited && <Sub>{courtWords(t, 'guardian.court', guardian)}</Sub>}
      </Grow>
      <Chip tone={guardian.active ? (guardian.kind === 'FULL' ? 'neutral' : 'info') : 'warn'}>{word(t, guardian)}</Chip>
      {children}
    </li>
  )
}

function word(t: (key: string, values?: Record<string, string>) => string, guardian: Guardianship): string {
  if (!guardian.active) return t(guardian.limited.includes('SEE') ? 'guardian.limited' : 'guardian.over')
  if (guardian.kind === 'TRUSTED') return t('guardian.until', { day: shortDate(guardian.last_day) })
  return t('guardian.parent')
}
