import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import {
  getSchoolStatistics,
  getTeacherStatistics,
  type Indicator,
  type Range,
  type SchoolStatistics,
  type TeacherStatistics,
  type WeekFigures,
} from '@/api/statistics'
import { useSession } from '@/app/session'
import { addDays, dayMonth, dotDate, monday, shortName, time, today } from '@/lib/format'
import { Card, PageHead, Segments } from '@/ui/basic'
import { BarList, Columns } from '@/ui/charts'
import { Loaded } from '@/ui/states'

import { LessonsBehind, type Behind } from './LessonsBehind'
import css from '@/ui/figures.module.css'
import { Teachers } from './Teachers'
import { TotalCards } from './TotalCards'

type Span = 'week' | 'month' | 'all'

function rangeOf(span: Span): Range {
  if (span === 'week') return { first_day: monday(today()), last_day: today() }
  if (span === 'month') return { first_day: addDays(monday(today()), -21), last_day: today() }
  return {}
}

export function StatisticsPage() {
  const { t } = useTranslation('statistics')
  const type = useSession().role?.type
  const teacher = type === 'TEACHER'
  const [span, setSpan] = useState<Span>('all')
  const range = rangeOf(span)
  const query = useQuery<TeacherStatistics | SchoolStatistics>({
    queryKey: ['statistics', teacher ? 'teacher' : 'school', span],
    queryFn: () => (teacher ? getTeacherStatistics(range) : getSchoolStatistics(range)),
    // The live connection tells of changes; this is for the time it is away.
    refetchInterval: 30_000,
  })
  const sub = query.data
    ? t('sub', { first: dayMonth(query.data.first_day), last: dayMonth(query.data.last_day), time: time(query.data.updated_at_ms) })
    : '\u00a0'
  return (
    <>
      <PageHead title={t(teacher ? 'titleOwn' : 'titleSchool')} sub={sub}>
        <Segments
          label={t('span.label')}
          value={span}
          options={(['week', 'month', 'all'] as const).map((value) => ({ value, label: t(`span.${value}`) }))}
          onChange={setSpan}
        />
      </PageHead>
      <Loaded query={query} skeleton={[90, 240, 240]}>
        {(data) => <Figures data={data} range={range} />}
      </Loaded>
    </>
  )
}

function Figures({ data, range }: { data: TeacherStatistics | SchoolStatistics; range: Range }) {
  const { t } = useTranslation('statistics')
  const [behind, setBehind] = useState<Behind | null>(null)
  const [measure, setMeasure] = useState<'marks' | 'described'>('described')
  const show = (indicator: Indicator, part: Partial<Behind> = {}) => setBehind({ indicator, range, teacherId: '', title: t(`behind.${indicator}`), ...part })
  const showWeek = (week: string) =>
    show(measure === 'marks' ? 'marks' : 'unfilled', {
      range: { first_day: week, last_day: addDays(week, 6) },
      title: t(`behind.${measure === 'marks' ? 'marks' : 'unfilled'}`) + t('behind.week', { day: dayMonth(week) }),
    })
  return (
    <>
      <TotalCards totals={data.totals} chosen={behind?.indicator} onShow={show} />
      <div className={css.two}>
        <Card
          title={t(measure === 'marks' ? 'weeks.marks' : 'weeks.described')}
          sub={t(measure === 'marks' ? 'weeks.marksSub' : 'weeks.describedSub')}
          action={
            <Segments
              label={t('weeks.measure')}
              value={measure}
              options={(['described', 'marks'] as const).map((value) => ({ value, label: t(`weeks.${value}Short`) }))}
              onChange={setMeasure}
            />
          }
        >
          <Weeks weeks={data.weeks} measure={measure} onPick={showWeek} />
        </Card>
        {'gradebooks' in data && <Journals data={data} />}
        {'teachers' in data && <LeastDescribed data={data} onPick={(teacherId, name) => show('unfilled', { teacherId, title: t('behind.ofTeacher', { name }) })} />}
      </div>
      {behind && <LessonsBehind key={JSON.stringify(behind)} behind={behind} onClose={() => setBehind(null)} />}
      {'teachers' in data && <Teachers teachers={data.teachers} onPick={(teacherId, name) => show('unfilled', { teacherId, title: t('behind.ofTeacher', { name }) })} />}
    </>
  )
}

function Weeks({ weeks, measure, onPick }: { weeks: WeekFigures[]; measure: 'marks' | 'described'; onPick: (week: string) => void }) {
  const { t } = useTranslation('statistics')
  const last = weeks.slice(-8)
  return (
    <Columns
      caption={t(`weeks.${measure}`)}
      onPick={onPick}
      {...(measure === 'described' ? { whole: Object.fromEntries(last.map((one) => [one.week, one.lessons])) } : {})}
      rows={last.map((one) => ({
        key: one.week,
        label: dotDate(one.week),
        value: one[measure],
        text: measure === 'described' ? t('weeks.of', { count: one.described, all: one.lessons }) : String(one.marks),
      }))}
    />
  )
}

function Journals({ data }: { data: TeacherStatistics }) {
  const { t } = useTranslation('statistics')
  return (
    <Card title={t('journals.title')} sub={t('journals.sub')}>
      <BarList
        caption={t('journals.title')}
        max={1}
        rows={data.gradebooks.map((one) => ({
          key: one.gradebook_id,
          label: `${one.group_name}, ${one.subject.toLowerCase()}`,
          value: one.lessons ? one.described / one.lessons : 0,
          text: t('weeks.of', { count: one.described, all: one.lessons }),
          tone: one.described < one.lessons * 0.8 ? 'warn' : 'primary',
        }))}
      />
    </Card>
  )
}

function LeastDescribed({ data, onPick }: { data: SchoolStatistics; onPick: (id: string, name: string) => void }) {
  const { t } = useTranslation('statistics')
  const least = [...data.teachers].filter((one) => one.lessons > 0).sort((a, b) => a.described_share - b.described_share).slice(0, 6)
  const worst = least[0]
  return (
    <Card title={t('least.title')} sub={t('least.sub')}>
      <BarList
        caption={t('least.title')}
        max={1}
        rows={least.map((one) => ({
          key: one.teacher_id,
          label: shortName(one.name),
          value: one.described_share,
          text: t('weeks.of', { count: one.described, all: one.lessons }),
          tone: one.described_share < 0.8 ? 'warn' : 'primary',
        }))}
      />
      {worst && (
        <p className={css.more}>
          <button type="button" className={css.rowButton} onClick={() => onPick(worst.teacher_id, worst.name)}>
            {t('least.show', { name: worst.name })}
          </button>
        </p>
      )}
    </Card>
  )
}
