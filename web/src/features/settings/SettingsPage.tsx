import { useLocation } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'

import { useSession } from '@/app/session'
import { PageHead } from '@/ui/basic'

import { sections } from './sections'
import css from './Settings.module.css'

/** Sections one below the other, each with its anchor; the list of anchors stays in sight. */
export function SettingsPage() {
  const { t } = useTranslation('settings')
  const session = useSession()
  const hash = useLocation({ select: (location) => location.hash })
  const shown = sections.filter((section) => section.when?.(session) ?? true)
  useEffect(() => {
    // Sections above are still loading when an address with an anchor is opened: the browser's own jump came too early.
    if (hash) document.getElementById(hash)?.scrollIntoView()
  }, [hash])
  return (
    <>
      <PageHead title={t('title')} sub={session.person?.display_name} />
      <div className={css.layout}>
        <nav className={css.anchors} aria-label={t('anchors')}>
          {shown.map(({ id }) => (
            <a key={id} href={`#${id}`} className={css.anchor} aria-current={hash === id ? 'location' : undefined}>
              {t(`tab.${id}`)}
            </a>
          ))}
        </nav>
        <div className={css.page}>
          {shown.map(({ id, component: Component }) => (
            <div key={id} id={id} className={css.section}>
              <Component />
            </div>
          ))}
        </div>
      </div>
    </>
  )
}
