import { Progress } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { getClassAcknowledgements, type ClassAcknowledgements } from '@/api/diary'
import { moment, shortName } from '@/lib/format'
import { Card, Chip, Grow, PageHead, Row, Rows, Segments, Sub } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'
import { WeekBar } from '@/ui/WeekBar'

import css from './School.module.css'

type Student = ClassAcknowledgements['students'][number]

/** Whose family has read the week: for the class teacher and the heads of the school. */
export function AcknowledgementsPage() {
  const { t } = useTranslation('school')
  const { groupId } = useParams({ from: '/cabinet/school/acknowledgements/$groupId' })
  const { date } = useSearch({ from: '/cabinet/school/acknowledgements/$groupId' })
  const navigate = useNavigate({ from: '/school/acknowledgements/$groupId' })
  const query = useQuery({
    queryKey: ['acknowledgements', groupId, date ?? ''],
    queryFn: () => getClassAcknowledgements(groupId, date),
    placeholderData: keepPreviousData,
    staleTime: 5_000,
    refetchInterval: 60_000,
  })
  return (
    <Loaded query={query} skeleton={[38, 84, 320]}>
      {(data) => (
        <>
          <PageHead title={t('signed.title', { group: data.group.name })} sub={t('signed.sub')}>
            <WeekBar week={data.week} onGo={(monday) => void navigate({ search: { date: monday } })} />
          </PageHead>
          {data.students.length === 0 ? <Empty>{t('groups.noStudents')}</Empty> : <Signatures data={data} group={groupId} />}
        </>
      )}
    </Loaded>
  )
}

function Signatures({ data, group }: { data: ClassAcknowledgements; group: string }) {
  const { t } = useTranslation('school')
  const [waiting, setWaiting] = useState(false)
  const all = data.students
  const done = all.filter((one) => one.signed.length > 0).length
  const shown = waiting ? all.filter((one) => one.signed.length === 0) : all
  const begun = data.week.monday <= data.today
  return (
    <Card title={begun ? t('signed.count', { done, all: all.length }) : t('signed.ahead')}>
      {begun && (
        <div className={css.summary}>
          <Progress value={(done / all.length) * 100} aria-label={t('signed.count', { done, all: all.length })} />
          <Segments
            label={t('signed.which')}
            value={waiting ? 'waiting' : 'all'}
            options={[
              { value: 'all', label: t('signed.all') },
              { value: 'waiting', label: t('signed.waiting', { count: all.length - done }) },
            ]}
            onChange={(which) => setWaiting(which === 'waiting')}
          />
        </div>
      )}
      {shown.length === 0 && <Empty>{t('signed.everybody')}</Empty>}
      <Rows>
        {shown.map((one) => (
          <Line key={one.id} student={one} group={group} />
        ))}
      </Rows>
    </Card>
  )
}

function Line({ student, group }: { student: Student; group: string }) {
  const { t } = useTranslation('school')
  const signed = student.signed.length > 0
  const nobody = !signed && !student.can_sign
  return (
    <Row>
      <Grow>
        {student.full_name}
        {student.signed.map((one) => (
          <Sub key={`${one.by} ${one.at_ms}`}>{t('signed.by', { who: shortName(one.by), when: moment(one.at_ms) })}</Sub>
        ))}
        {nobody && (
          <Sub>
            {t('signed.nobody')} <Link to="/school/invitations/$groupId" params={{ groupId: group }}>{t('groups.invitations')}</Link>
          </Sub>
        )}
      </Grow>
      <Chip tone={signed ? 'good' : nobody ? 'warn' : 'neutral'}>{t(signed ? 'signed.yes' : nobody ? 'signed.none' : 'signed.no')}</Chip>
    </Row>
  )
}
