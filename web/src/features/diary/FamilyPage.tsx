import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { useRole } from '@/app/session'
import { Avatar, Card, Grow, PageHead, Sub } from '@/ui/basic'
import { Empty } from '@/ui/states'

import css from './List.module.css'
import { useChild } from './useChild'

/** The children of the family and where they learn. */
export function FamilyPage() {
  const { t } = useTranslation('diary')
  const { choose } = useChild()
  const children = useRole()?.children ?? []
  return (
    <>
      <PageHead title={t('family.title')} />
      <div className={css.list}>
        {children.map((child) => (
          <Card key={child.id}>
            <div className={css.familyCard}>
              <Avatar name={child.full_name} />
              <Grow>
                <b>{child.full_name}</b>
                <Sub>
                  {child.group_name} · {child.organisation_name}
                </Sub>
              </Grow>
              <Link to="/diary" onClick={() => choose(child.id)}>
                {t('family.diary')}
              </Link>
            </div>
          </Card>
        ))}
        {children.length === 0 && <Empty>{t('noChildren')}</Empty>}
        <Link to="/library">{t('common:menu.library')}</Link>
        <Link to="/settings">{t('common:menu.settings')}</Link>
      </div>
    </>
  )
}
