import { IconBell, IconCheck, IconChevronDown, IconHelp, IconLogout, IconMoon, IconSearch, IconSettings, IconSun } from '@tabler/icons-react'
import { useMantineColorScheme, useComputedColorScheme } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import type { Role } from '@/api/session'
import { activeRoles, useSession } from '@/app/session'
import { leave, switchRole } from '@/app/signing'
import { Avatar } from '@/ui/basic'
import { Dropdown } from '@/ui/Dropdown'

import css from './Frame.module.css'
import menu from './Menu.module.css'
import { Notices } from './Notices'

export function Top({ onSearch }: { onSearch: () => void }) {
  const { t } = useTranslation()
  return (
    <header className={css.top}>
      <button type="button" className={css.search} onClick={onSearch}>
        <IconSearch size={18} stroke={1.75} aria-hidden />
        <span>{t('search.placeholder')}</span>
        <kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <div className={css.right}>
        <Notices icon={<IconBell size={20} stroke={1.6} aria-hidden />} />
        <Person />
      </div>
    </header>
  )
}

function Person() {
  const { t } = useTranslation()
  const session = useSession()
  const name = session.person?.display_name ?? ''
  return (
    <Dropdown
      className={css.person}
      button={
        <>
          <span className={css.personText}>
            <b>{name}</b>
            <small>
              {session.role ? roleLine(t, session.role) : t('frame.noRole')}{' '}
              <IconChevronDown size={12} stroke={2} aria-hidden />
            </small>
          </span>
          <Avatar name={name} />
        </>
      }
    >
      {(close) => <PersonMenu close={close} />}
    </Dropdown>
  )
}

function roleLine(t: (key: string) => string, role: { type: string; organisation_name: string }): string {
  return [t(`role.${role.type}`), role.organisation_name].filter(Boolean).join(' · ')
}

function PersonMenu({ close }: { close: () => void }) {
  const { t } = useTranslation()
  const session = useSession()
  const roles = activeRoles(session)
  return (
    <>
      {roles.length > 1 && <p className={menu.group}>{t('frame.actAs')}</p>}
      {roles.length > 1 &&
        roles.map((role) => <RoleItem key={role.id} role={role} current={role.id === session.role?.id} close={close} />)}
      {roles.length > 1 && <hr className={menu.divider} />}
      <SchemeItem />
      <Link to="/settings" className={menu.item} onClick={close}>
        <IconSettings size={18} stroke={1.6} aria-hidden />
        {t('menu.settings')}
      </Link>
      <Link to="/help" className={menu.item} onClick={close}>
        <IconHelp size={18} stroke={1.6} aria-hidden />
        {t('menu.help')}
      </Link>
      <button type="button" className={menu.item} onClick={() => void leave()}>
        <IconLogout size={18} stroke={1.6} aria-hidden />
        {t('act.signOut')}
      </button>
    </>
  )
}

function RoleItem({ role, current, close }: { role: Role; current: boolean; close: () => void }) {
  const { t } = useTranslation()
  const enter = async () => {
    close()
    if (current) return
    await switchRole(role.id)
  }
  return (
    <button type="button" className={menu.item} aria-current={current} onClick={() => void enter()}>
      <span style={{ flex: 1 }}>
        {t(`role.${role.type}`)}
        <small>{[role.organisation_name, role.children.map((child) => child.full_name.split(' ')[1]).join(', ')].filter(Boolean).join(' · ')}</small>
      </span>
      {current && <IconCheck size={18} stroke={2} aria-hidden />}
    </button>
  )
}

function SchemeItem() {
  const { t } = useTranslation()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const next = scheme === 'dark' ? 'light' : 'dark'
  const Icon = next === 'dark' ? IconMoon : IconSun
  return (
    <button type="button" className={menu.item} onClick={() => setColorScheme(next)}>
      <Icon size={18} stroke={1.6} aria-hidden />
      {t(`scheme.${next}`)}
    </button>
  )
}
