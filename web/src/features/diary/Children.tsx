import { useTranslation } from 'react-i18next'

import { Avatar, cx } from '@/ui/basic'

import css from './Diary.module.css'
import { givenName, useChild } from './useChild'

/** Switch between the children of a family; nothing for one child. */
export function Children() {
  const { t } = useTranslation('diary')
  const { child, children, choose } = useChild()
  if (children.length < 2) return null
  return (
    <div className={cx(css.children, 'no-print')} role="group" aria-label={t('children')}>
      {children.map((one) => (
        <button key={one.id} type="button" className={css.child} aria-pressed={one.id === child?.id} title={one.name} onClick={() => choose(one.id)}>
          <Avatar name={`${givenName(one.name)} ${one.name.split(' ')[0] ?? ''}`} />
          <span>{givenName(one.name)}</span>
        </button>
      ))}
    </div>
  )
}
