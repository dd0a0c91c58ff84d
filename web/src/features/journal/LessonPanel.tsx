import { Button, NativeSelect, Textarea } from '@mantine/core'
import { IconCheck, IconPaperclip, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'

import type { Lesson, WorkType } from '@/api/journal'
import { asProblem } from '@/api/problem'
import { lessonQuery } from '@/app/queries'
import { longDate, shortDate, time } from '@/lib/format'
import { Card, Chip, cx, Sub } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import { ItemPicker } from './ItemPicker'
import css from './Journal.module.css'
import { LoadChart } from './LoadChart'
import { useLessonDraft } from './useLessonDraft'

const WORK_TYPES: WorkType[] = ['', 'CLASSWORK', 'INDEPENDENT', 'TEST', 'PRACTICE']
const MINUTES = [0, 10, 15, 20, 25, 30, 40, 50, 60]

export function LessonPanel({ lessonId }: { lessonId: string }) {
  const query = useQuery(lessonQuery(lessonId))
  return (
    <Card className={css.panel} data-lesson={lessonId}>
      <Loaded query={query} skeleton={[60, 38, 80, 60, 90]}>
        {(lesson) => <Panel key={lesson.id} lesson={lesson} />}
      </Loaded>
    </Card>
  )
}

function Panel({ lesson }: { lesson: Lesson }) {
  const { t } = useTranslation('journal')
  const { draft, changed, change, saving } = useLessonDraft(lesson)
  const due = lesson.homework?.due_day ?? lesson.next_lesson?.day
  const save = () => {
    if (changed && !saving.isPending) saving.mutate()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save()
  }
  const where = [
    longDate(lesson.day),
    t('common:lessonNumber', { number: lesson.number }),
    `${lesson.starts_at}–${lesson.ends_at}`,
    lesson.room && t('common:room', { room: lesson.room }),
  ]
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Ctrl+Enter in any field saves
    <div onKeyDown={onKeyDown} style={{ display: 'grid', gap: 14 }}>
      <div>
        <Sub>{where.filter(Boolean).join(' · ')}</Sub>
        <h2>{lesson.topic || t('panel.noTopic')}</h2>
      </div>
      <Textarea
        label={t('panel.topic')}
        autosize={false}
        rows={2}
        maxLength={500}
        value={draft.topic}
        onChange={(event) => change({ topic: event.currentTarget.value })}
      />
      <NativeSelect
        label={t('panel.work')}
        value={draft.workType}
        onChange={(event) => change({ workType: event.currentTarget.value as WorkType })}
        data={WORK_TYPES.map((value) => ({ value, label: t(`common:workName.${value || 'NONE'}`) }))}
      />
      <div>
        <Textarea
          label={due ? t('panel.homework', { day: shortDate(due) }) : t('panel.homeworkNoDay')}
          rows={3}
          maxLength={4000}
          value={draft.text}
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
        {draft.items.length > 0 && (
          <div className={css.chips}>
            {draft.items.map((item) => (
              <Chip key={item.item_id} tone="info" icon={<IconPaperclip size={14} aria-hidden />}>
                {item.title}{' '}
                <button
                  type="button"
                  className={css.x}
                  aria-label={t('panel.detach', { title: item.title })}
                  onClick={() => change({ items: draft.items.filter((one) => one.item_id !== item.item_id) })}
                >
                  <IconX size={14} aria-hidden />
                </button>
              </Chip>
            ))}
          </div>
        )}
      </div>
      <ItemPicker subject={lesson.subject} chosen={draft.items} onPick={(item) => change({ items: [...draft.items, item] })} />
      <NativeSelect
        label={t('panel.minutes')}
        value={String(draft.minutes)}
        onChange={(event) => change({ minutes: Number(event.currentTarget.value) })}
        data={minuteChoices(draft.minutes).map((value) => ({
          value: String(value),
          label: value === 0 ? t('panel.noMinutes') : t('common:minutes', { count: value }),
        }))}
      />
      {lesson.load.length > 0 && due && <LoadChart lesson={lesson} due={due} minutes={draft.minutes} />}
      {saving.error && <ProblemState problem={asProblem(saving.error)} />}
      <div className={css.saveRow}>
        <Button variant="filled" onClick={save} disabled={!changed} loading={saving.isPending}>
          {t('common:act.save')}
        </Button>
        <span className={css.saveState} role="status">
          {saving.isPending && t('panel.saving')}
          {!saving.isPending && changed && t('panel.draft')}
          {!saving.isPending && !changed && saving.data && (
            <span className={cx(css.saveGood)}>
              <IconCheck size={14} aria-hidden /> {t('foot.saved', { time: time(saving.data) })}
            </span>
          )}
        </span>
      </div>
    </div>
  )
}

function minuteChoices(present: number): number[] {
  return MINUTES.includes(present) ? MINUTES : [...MINUTES, present].sort((a, b) => a - b)
}
