import { Link, Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useHotkeys } from '@mantine/hooks'
import { useTranslation } from 'react-i18next'

import { useSession } from '@/app/session'
import { menuOf } from '@/app/menu'
import { Skeleton } from '@/ui/states'

import { Counter } from './Counter'
import css from './Frame.module.css'
import { Top } from './Top'

const SearchDialog = lazy(() => import('./SearchDialog'))

/** What surrounds every page of a cabinet: menu, search, notices, role. */
export function Frame() {
  const { t } = useTranslation()
  const session = useSession()
  const menu = menuOf(session.role?.type)
  const [searching, setSearching] = useState(false)
  useHotkeys([['mod+K', () => setSearching(true)]], [])
  return (
    <div className={css.frame}>
      <a href="#main" className={css.skip}>
        {t('frame.skip')}
      </a>
      <nav className={css.side} aria-label={t('frame.menu')}>
        <Link to="/" className={css.brand} aria-label={t('app')}>
          <img src="/mark.svg" alt="" width="28" height="28" />
          <span>{t('app')}</span>
        </Link>
        {menu.map((entry) => (
          <Link
            key={entry.to}
            to={entry.to}
            className={css.entry}
            title={t(`menu.${entry.name}`)}
            activeOptions={{ exact: entry.to === '/school' }}
          >
            <entry.icon size={20} stroke={1.6} aria-hidden />
            <span>{t(`menu.${entry.name}`)}</span>
            {entry.count && <Counter of={entry.count} className={css.count} />}
          </Link>
        ))}
      </nav>
      <Top onSearch={() => setSearching(true)} />
      <main id="main" className={css.main} tabIndex={-1}>
        <Suspense fallback={<Skeleton heights={[38, 120, 320]} />}>
          <Outlet />
        </Suspense>
      </main>
      <nav className={css.tabs} aria-label={t('frame.tabs')}>
        {menu.slice(0, 5).map((entry) => (
          <Link key={entry.to} to={entry.to} className={css.tab} activeOptions={{ exact: entry.to === '/school' }}>
            <entry.icon size={22} stroke={1.6} aria-hidden />
            <span>{t(`tab.${entry.name}`)}</span>
            {entry.count && <Counter of={entry.count} className={css.count} />}
          </Link>
        ))}
      </nav>
      {searching && (
        <Suspense fallback={null}>
          <SearchDialog onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  )
}
