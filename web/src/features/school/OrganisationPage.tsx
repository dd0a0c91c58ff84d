import { TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getOrganisation, type Organisation } from '@/api/school'
import { useSession } from '@/app/session'
import { shortName } from '@/lib/format'
import { Card, Chip, PageHead } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import { GroupCard } from './GroupCard'
import css from './School.module.css'
import { StaffLine } from './StaffLine'

export function OrganisationPage() {
  const { organisationId } = useParams({ from: '/cabinet/organisations/$organisationId' })
  return <OrganisationOf id={organisationId} />
}

export function OrganisationOf({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['organisation', id], queryFn: () => getOrganisation(id) })
  return (
    <Loaded query={query} skeleton={[38, 320]}>
      {(organisation) => <School organisation={organisation} />}
    </Loaded>
  )
}

function School({ organisation }: { organisation: Organisation }) {
  const { t } = useTranslation('school')
  const type = useSession().role?.type
  const [group, setGroup] = useState<string | null>(null)
  const leads = type === 'HEAD' || type === 'DEPUTY_HEAD'
  return (
    <>
      <PageHead
        title={organisation.short_name}
        sub={`${organisation.full_name} · ${t('ogrn')} ${organisation.ogrn}`}
        chips={<Chip>{t('students', { count: organisation.groups.reduce((sum, one) => sum + one.students, 0) })}</Chip>}
      >
        {leads && <Link to="/school/import">{t('toImport')}</Link>}
      </PageHead>
      <div className={css.two}>
        <Card title={t('groups.title')} sub={t('groups.sub')}>
          {organisation.groups.length === 0 && <Empty>{t('groups.empty')}</Empty>}
          <div className={css.groups}>
            {organisation.groups.map((one) => (
              <button
                key={one.id}
                type="button"
                className={css.group}
                aria-pressed={one.id === group}
                onClick={() => setGroup(one.id === group ? null : one.id)}
              >
                <b>{one.name}</b>
                <small>{t('students', { count: one.students })}</small>
                <small>{one.homeroom_teacher ? shortName(one.homeroom_teacher) : t('groups.noHomeroom')}</small>
              </button>
            ))}
          </div>
        </Card>
        {group && leads ? <GroupCard id={group} onClose={() => setGroup(null)} /> : <Staff organisation={organisation} />}
      </div>
    </>
  )
}

const FIRST = 60

function Staff({ organisation }: { organisation: Organisation }) {
  const { t } = useTranslation('school')
  const [text, setText] = useState('')
  const found = organisation.staff.filter((one) => one.full_name.toLocaleLowerCase().includes(text.toLocaleLowerCase()))
  return (
    <Card title={t('staff.title')} sub={t('staff.count', { count: organisation.staff.length })}>
      <TextInput className={css.filter} aria-label={t('staff.filter')} placeholder={t('staff.filter')} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      {found.length === 0 && <Empty>{t('staff.nobody')}</Empty>}
      <ul>
        {found.slice(0, FIRST).map((member) => (
          <StaffLine key={member.person_id} member={member} organisationId={organisation.id} />
        ))}
      </ul>
      {found.length > FIRST && <p>{t('staff.more', { count: found.length - FIRST })}</p>}
    </Card>
  )
}
