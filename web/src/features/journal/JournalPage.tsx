import { Button, NativeSelect } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { IconLayoutSidebarRightCollapse, IconLayoutSidebarRightExpand, IconPrinter } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { gradebookQuery } from '@/app/queries'
import { useWatch } from '@/live/Live'
import { Chip, cx, PageHead, Segments } from '@/ui/basic'
import { Empty, Loaded, Skeleton } from '@/ui/states'

import { markedToday, presentLesson } from './cells'
import { Grid } from './Grid'
import { GridFoot } from './GridFoot'
import css from './Journal.module.css'
import type { KeyAct } from './keys'
import { PhoneLesson } from './PhoneLesson'
import { Printed } from './Printed'
import type { Entry } from './queue'
import { RefusedCard } from './RefusedCard'
import { useJournal, type CellPlace, type Journal } from './useJournal'
import { usePrinting } from './usePrinting'

// The grid is there first; what stands beside it or opens later is asked for as soon as the grid's own code has come.
const later = { panel: import('./LessonPanel'), topics: import('./TopicsView'), card: import('./CellCard'), conflict: import('./ConflictCard') }
const LessonPanel = lazy(async () => ({ default: (await later.panel).LessonPanel }))
const TopicsView = lazy(async () => ({ default: (await later.topics).TopicsView }))
const CellCard = lazy(async () => ({ default: (await later.card).CellCard }))
const ConflictCard = lazy(async () => ({ default: (await later.conflict).ConflictCard }))

export function JournalPage() {
  const { gradebookId } = useParams({ from: '/cabinet/journal/$gradebookId' })
  const { period } = useSearch({ from: '/cabinet/journal/$gradebookId' })
  const query = useQuery(gradebookQuery(gradebookId, period))
  useWatch('gradebook_id', gradebookId)
  return (
    <Loaded query={query} skeleton={[38, 520]}>
      {(page) => <JournalOf key={`${page.gradebook.id} ${page.period.id}`} page={page} />}
    </Loaded>
  )
}

function JournalOf({ page }: { page: GradebookPage }) {
  const { t } = useTranslation('journal')
  const { view = 'marks' } = useSearch({ from: '/cabinet/journal/$gradebookId' })
  const phone = useMediaQuery('(max-width: 767px)', window.innerWidth < 768)
  const [folded, setFolded] = useLocalStorage({ key: 'myschool.panel.folded', defaultValue: false, getInitialValueInEffect: false })
  const table = useTable(page)
  const printing = usePrinting()
  const current = page.lessons[table.place.column]
  return (
    <>
      <div className={view === 'topics' ? undefined : 'no-print'}>
        <JournalHead page={page} view={view} foldable={!phone} folded={folded} onFold={() => setFolded(!folded)} />
      </div>
      {page.lessons.length === 0 || page.students.length === 0 ? (
        <Empty>{t(page.lessons.length === 0 ? 'empty.lessons' : 'empty.students')}</Empty>
      ) : (
        <div className={cx(css.layout, (folded || phone) && css.folded, view !== 'topics' && 'no-print')}>
          <Table page={page} view={view} phone={phone} table={table} />
          {current && (!folded || phone) && (
            <aside className="no-print" aria-label={t('panel.label')}>
              <Suspense fallback={<Skeleton heights={[60, 38, 80, 60, 90]} />}>
                <LessonPanel lessonId={current.id} />
              </Suspense>
            </aside>
          )}
        </div>
      )}
      <Details page={page} table={table} />
      {printing && view !== 'topics' && <Printed page={page} rows={table.journal.rows} view={view} />}
    </>
  )
}

type View = 'marks' | 'attendance' | 'topics'

/** The selected cell, the acts on it, and what needs the teacher's decision. */
function useTable(page: GradebookPage) {
  const { lesson } = useSearch({ from: '/cabinet/journal/$gradebookId' })
  const journal = useJournal(page)
  const [place, setPlace] = useState<CellPlace>(() => ({ row: 0, column: columnOf(page, lesson) }))
  const [details, setDetails] = useState<CellPlace | null>(null)
  const [shown, setShown] = useState<string | null>(null)

  const needing = journal.view.entries.filter((entry) => entry.gradebookId === page.gradebook.id && needsTeacher(entry))
  const choose = (next: CellPlace) => setPlace((now) => (now.row === next.row && now.column === next.column ? now : next))
  const undo = () => {
    const back = journal.undo()
    if (back) choose(back)
  }
  const act = (what: KeyAct, at: CellPlace) => {
    if (what.act === 'undo') undo()
    else if (what.act === 'details') setDetails(at)
    else if (what.act === 'clear') journal.clear(at)
    // A lesson that has not been given yet has neither marks nor absences.
    else if ((page.lessons[at.column]?.day ?? '') > page.today) return
    else if (what.act === 'mark') journal.setMark(at, what.value)
    else if (what.act === 'attendance') journal.setAttendance(at, what.status)
  }
  const show = (entry: Entry) => {
    setShown(entry.id)
    choose({
      row: page.students.findIndex((one) => one.id === entry.studentId),
      column: page.lessons.findIndex((one) => one.id === entry.lessonId),
    })
  }
  return { journal, place, choose, act, undo, show, details, setDetails, needing: needing.find((entry) => entry.id === shown) ?? needing[0] }
}

type TableState = ReturnType<typeof useTable>

function Table({ page, view, phone, table }: { page: GradebookPage; view: View; phone: boolean; table: TableState }) {
  const { journal, place, choose } = table
  if (view === 'topics') {
    return (
      <Suspense fallback={<Skeleton heights={[520]} />}>
        <TopicsView page={page} chosen={place.column} onChoose={(column) => choose({ row: place.row, column })} />
      </Suspense>
    )
  }
  const overlay = table.needing && <Needing page={page} entry={table.needing} journal={journal} />
  const onUndo = journal.recent ? table.undo : undefined
  const foot = <GridFoot view={journal.view} today={markedToday(page, journal.rows)} onUndo={onUndo} onShow={table.show} />
  if (phone) {
    return <PhoneLesson page={page} journal={journal} view={view} place={place} onPlace={choose} onDetails={table.setDetails} overlay={overlay} foot={foot} />
  }
  return <Grid page={page} rows={journal.rows} view={view} place={place} onPlace={choose} onAct={table.act} overlay={overlay} foot={foot} />
}

function Needing({ page, entry, journal }: { page: GradebookPage; entry: Entry; journal: Journal }) {
  if (entry.state === 'refused') return <RefusedCard page={page} entry={entry} onDrop={() => journal.drop(entry)} />
  return (
    <Suspense>
      <ConflictCard page={page} entry={entry} onKeep={() => journal.drop(entry)} onMine={() => journal.insist(entry)} />
    </Suspense>
  )
}

function Details({ page, table }: { page: GradebookPage; table: TableState }) {
  const { details, journal } = table
  const row = details && journal.rows[details.row]
  const lesson = details && page.lessons[details.column]
  if (!details || !row || !lesson) return null
  return (
    <Suspense>
      <CellCard journal={journal} row={row} lesson={lesson} place={details} onClose={() => table.setDetails(null)} />
    </Suspense>
  )
}

interface JournalHeadProps {
  page: GradebookPage
  view: View
  foldable: boolean
  folded: boolean
  onFold: () => void
}

function JournalHead({ page, view, foldable, folded, onFold }: JournalHeadProps) {
  const { t } = useTranslation('journal')
  const navigate = useNavigate({ from: '/journal/$gradebookId' })
  const change = (part: { period?: string; view?: 'attendance' | 'topics' | undefined }) => void navigate({ search: (old) => ({ ...old, ...part }) })
  const Fold = folded ? IconLayoutSidebarRightExpand : IconLayoutSidebarRightCollapse
  const foldWord = t(folded ? 'panel.unfold' : 'panel.fold')
  return (
    <PageHead
      title={`${page.gradebook.group_name} · ${page.gradebook.subject}`}
      chips={
        <>
          <Chip>{t('students', { count: page.students.length })}</Chip>
          <PeriodSelect page={page} onChange={(period) => change({ period })} />
        </>
      }
    >
      <Segments
        label={t('view.label')}
        value={view}
        options={(['marks', 'attendance', 'topics'] as const).map((value) => ({ value, label: t(`view.${value}`) }))}
        onChange={(next) => change({ view: next === 'marks' ? undefined : next })}
      />
      {foldable && (
        <div className={cx(css.tools, 'no-print')}>
          <Button aria-label={t('common:act.print')} title={t('common:act.print')} onClick={() => window.print()}>
            <IconPrinter size={18} stroke={1.6} aria-hidden />
          </Button>
          <Button aria-label={foldWord} title={foldWord} aria-expanded={!folded} onClick={onFold}>
            <Fold size={18} stroke={1.6} aria-hidden />
          </Button>
        </div>
      )}
    </PageHead>
  )
}

function PeriodSelect({ page, onChange }: { page: GradebookPage; onChange: (period: string) => void }) {
  const { t } = useTranslation('journal')
  if (page.periods.length < 2) return <Chip>{page.period.name}</Chip>
  return (
    <NativeSelect
      aria-label={t('period')}
      value={page.period.id}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={page.periods.map((one) => ({ value: one.id, label: one.name }))}
    />
  )
}

function needsTeacher(entry: Entry): boolean {
  return entry.state === 'conflict' || entry.state === 'refused'
}

function columnOf(page: GradebookPage, lesson: string | undefined): number {
  const found = page.lessons.findIndex((one) => one.id === lesson)
  return found >= 0 ? found : presentLesson(page)
}
