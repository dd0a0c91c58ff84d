import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'

import type { GradebookPage } from '@/api/journal'
import { dayMonth } from '@/lib/format'

import css from './Cards.module.css'
import { valueWord } from './ConflictCard'
import type { Entry } from './queue'

/** The server will not take a value: say why, and let the teacher give it up. */
export function RefusedCard({ page, entry, onDrop }: { page: GradebookPage; entry: Entry; onDrop: () => void }) {
  const { t, i18n } = useTranslation('journal')
  const student = page.students.find((one) => one.id === entry.studentId)
  const lesson = page.lessons.find((one) => one.id === entry.lessonId)
  const code = entry.reason ?? ''
  const known = `common:problem.code.${code.replace('.', '_')}`
  return (
    <div className={css.card} style={{ right: 16, bottom: 56 }} role="dialog" aria-label={t('refused.title')}>
      <h3>{t('refused.title')}</h3>
      <p>
        {student?.name}, {lesson ? dayMonth(lesson.day) : ''}: {valueWord(t, entry.kind, entry.value)}
      </p>
      <p>{i18n.exists(known) ? t(known) : t('refused.text', { code })}</p>
      <div className={css.choices}>
        <Button size="xs" variant="filled" onClick={onDrop}>
          {t('refused.drop')}
        </Button>
      </div>
    </div>
  )
}
