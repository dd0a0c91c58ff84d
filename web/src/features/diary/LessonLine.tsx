import { useLocalStorage } from '@mantine/hooks'
import { IconPaperclip } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import type { DiaryLesson, DiaryMark } from '@/api/diary'
import { shortName } from '@/lib/format'
import { Chip } from '@/ui/basic'

import css from './Diary.module.css'
import tone from '@/ui/tone.module.css'

export function LessonLine({ lesson }: { lesson: DiaryLesson }) {
  const { t } = useTranslation('diary')
  const { mark, attendance, homework } = lesson
  return (
    <article className={css.lesson}>
      <div className={css.number}>
        <b>{lesson.number}</b>
        <small>{lesson.starts_at}</small>
      </div>
      <div>
        <h3 className={css.subject}>{lesson.subject}</h3>
        {lesson.topic && <p className={css.teacher}>{lesson.topic}</p>}
      </div>
      {mark ? <MarkShown mark={mark} /> : <span />}
      {(attendance ?? homework ?? mark?.comment) && (
        <div className={css.more}>
          {attendance && (
            <Chip tone={attendance.status === 'ABSENT' ? 'bad' : 'warn'}>
              {attendance.status === 'LATE' && attendance.minutes_late > 0
                ? t('common:attendance.late', { count: attendance.minutes_late })
                : t(`common:attendance.name.${attendance.status}`)}
            </Chip>
          )}
          {homework && <Task lessonId={lesson.id} homework={homework} />}
          {mark?.comment && <Chip>{t('corrected', { reason: mark.comment })}</Chip>}
        </div>
      )}
    </article>
  )
}

function MarkShown({ mark }: { mark: DiaryMark }) {
  const { t } = useTranslation('diary')
  const work = mark.work_type && mark.work_type !== 'CLASSWORK' ? t(`common:work.${mark.work_type}`) : ''
  return (
    <div className={css.mark} title={t('markBy', { name: shortName(mark.author) })}>
      {mark.previous_value && mark.previous_value !== mark.value && (
        <>
          <span className={tone[`m${mark.previous_value}`]}>{mark.previous_value}</span>
          <span className={css.arrow} role="img" aria-label={t('changedTo')}>
            →
          </span>
        </>
      )}
      <span className={tone[`m${mark.value}`]}>{mark.value}</span>
      {work && <small>{work}</small>}
    </div>
  )
}

/** Homework with the pupil's own tick, kept on this device. */
export function Task({ lessonId, homework }: { lessonId: string; homework: NonNullable<DiaryLesson['homework']> }) {
  const { t } = useTranslation('diary')
  const [done, setDone] = useLocalStorage({ key: `myschool.done.${lessonId}`, defaultValue: false, getInitialValueInEffect: false })
  return (
    <>
      {homework.text && (
        <label className={css.task}>
          <input type="checkbox" checked={done} onChange={(event) => setDone(event.currentTarget.checked)} aria-label={t('taskDone', { text: homework.text })} />
          <span>{homework.text}</span>
        </label>
      )}
      <div className={css.chips}>
        {homework.items.map((item) => (
          <Link key={item.item_id} to="/library/$itemId" params={{ itemId: item.item_id }} className={css.itemLink}>
            <IconPaperclip size={14} aria-hidden />
            {item.title}
          </Link>
        ))}
        {homework.minutes > 0 && <Chip>{t('common:minutes', { count: homework.minutes })}</Chip>}
      </div>
    </>
  )
}
