import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { shortDate } from '@/lib/format'
import { Chip } from '@/ui/basic'

import css from './Journal.module.css'

interface TopicsViewProps {
  page: GradebookPage
  chosen: number
  onChoose: (column: number) => void
}

/** Lessons of the period as a list: topic, kind of work, homework. */
export function TopicsView({ page, chosen, onChoose }: TopicsViewProps) {
  const { t } = useTranslation('journal')
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled table must be reachable by keyboard
    <div className={css.tableBox} tabIndex={0} role="region" aria-label={t('view.topics')}>
      <table className={css.topics}>
        <thead>
          <tr>
            <th scope="col">{t('topics.day')}</th>
            <th scope="col">{t('topics.topic')}</th>
            <th scope="col">{t('topics.work')}</th>
            <th scope="col">{t('topics.homework')}</th>
          </tr>
        </thead>
        <tbody>
          {page.lessons.map((lesson, column) => (
            <tr key={lesson.id} aria-current={column === chosen}>
              <td style={{ whiteSpace: 'nowrap' }}>{shortDate(lesson.day)}</td>
              <td>
                <button type="button" className={css.rowButton} onClick={() => onChoose(column)}>
                  {lesson.topic || t(lesson.day <= page.today ? 'panel.noTopic' : 'topics.ahead')}
                </button>
              </td>
              <td>{lesson.work_type ? t(`common:workName.${lesson.work_type}`) : ''}</td>
              <td>
                {lesson.has_homework ? (
                  <Chip tone="good" icon={<IconCheck size={14} aria-hidden />}>
                    {t('topics.given')}
                  </Chip>
                ) : (
                  lesson.day <= page.today && <Chip>{t('topics.none')}</Chip>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
