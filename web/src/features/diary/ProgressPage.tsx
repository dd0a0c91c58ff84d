import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { StudentMarks, SubjectMarks } from '@/api/diary'
import { marksQuery } from '@/app/queries'
import { average, dotDate } from '@/lib/format'
import { useWatch } from '@/live/Live'
import { Card, cx, PageHead } from '@/ui/basic'
import { BarList } from '@/ui/charts'
import { Empty, Loaded } from '@/ui/states'

import { Children } from './Children'
import css from './Diary.module.css'
import { givenName, useChild, type Diarist } from './useChild'
import tone from '@/ui/tone.module.css'

export function ProgressPage() {
  const { t } = useTranslation('diary')
  const { child } = useChild()
  if (!child) return <Empty>{t('noChildren')}</Empty>
  return <ProgressOf key={child.id} child={child} />
}

function ProgressOf({ child }: { child: Diarist }) {
  const { t } = useTranslation('diary')
  const [period, setPeriod] = useState<string>()
  const query = useQuery(marksQuery(child.id, period))
  useWatch('student_id', child.id)
  return (
    <>
      <PageHead title={t('progress.title')} sub={
          <>
            {givenName(child.name)} · {child.group}
            {query.data && <span className="print-only"> · {query.data.period.name}</span>}
          </>
        }>
        <Children />
        {query.data && query.data.periods.length > 1 && (
          <NativeSelect
            aria-label={t('progress.period')}
            value={query.data.period.id}
            onChange={(event) => setPeriod(event.currentTarget.value)}
            data={query.data.periods.map((one) => ({ value: one.id, label: one.name }))}
          />
        )}
      </PageHead>
      <Loaded query={query} skeleton={[280, 200]}>
        {(data) => <Marks data={data} />}
      </Loaded>
    </>
  )
}

function Marks({ data }: { data: StudentMarks }) {
  const { t } = useTranslation('diary')
  const withMarks = data.subjects.filter((one) => one.average !== null)
  const weakest = [...withMarks].sort((a, b) => (a.average ?? 0) - (b.average ?? 0))
  if (data.subjects.length === 0) return <Empty>{t('progress.empty')}</Empty>
  return (
    <div className={css.subjects}>
      <Card title={t('progress.bySubject')}>
        {data.subjects.map((subject) => (
          <SubjectRow key={subject.gradebook_id} subject={subject} />
        ))}
      </Card>
      {withMarks.length > 0 && (
        <Card title={t('progress.averages')} sub={t('progress.averagesSub')}>
          <BarList
            max={5}
            caption={t('progress.averages')}
            rows={weakest.map((one) => ({
              key: one.gradebook_id,
              label: one.subject,
              value: one.average ?? 0,
              text: average(one.average),
              tone: (one.average ?? 5) < 3.5 ? 'warn' : 'primary',
            }))}
          />
        </Card>
      )}
    </div>
  )
}

function SubjectRow({ subject }: { subject: SubjectMarks }) {
  const { t } = useTranslation('diary')
  return (
    <div className={css.subjectRow}>
      <div>
        <b className={css.subject}>{subject.subject}</b>
        {subject.absences > 0 && <p className={css.teacher}>{t('progress.missed', { count: subject.absences })}</p>}
      </div>
      <div className={css.marks}>
        {subject.marks.map((mark, index) => {
          const words = [dotDate(mark.day), mark.topic, mark.work_type && t(`common:workName.${mark.work_type}`)].filter(Boolean).join(' · ')
          return (
            <span key={`${mark.lesson_id} ${index}`} className={cx(css.markBox, tone[`m${mark.value}`], mark.weight > 1 && css.heavy)} title={words}>
              {mark.value}
              <span className="visually-hidden">, {words}</span>
            </span>
          )
        })}
        {subject.marks.length === 0 && <span className={css.teacher}>{t('progress.noMarks')}</span>}
      </div>
      <div className={css.average}>{average(subject.average)}</div>
    </div>
  )
}
