import { Button, Checkbox, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { limitGuardianship, type Guardianship, type GuardianshipChange, type Right, type StudentGuardians } from '@/api/family'
import { asProblem } from '@/api/problem'
import { fullDate, moment } from '@/lib/format'
import { Card, Grow, PageHead, Row, Rows, Sub } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import css from './Family.module.css'
import { GuardianLine } from './GuardianLine'
import { guardiansQuery } from './queries'
import { RIGHTS, rightsWords } from './rights'

/** A student's guardians for the school, which records what a court has limited. */
export function GuardiansPage() {
  const { t } = useTranslation('family')
  const { studentId } = useParams({ from: '/cabinet/school/guardians/$studentId' })
  const query = useQuery(guardiansQuery(studentId))
  return (
    <div className={css.page}>
      <Loaded query={query} skeleton={[38, 180]}>
        {(student) => (
          <>
            <PageHead title={student.full_name} sub={[student.group_name, student.organisation_name].filter(Boolean).join(' · ')}>
              <Link to="/school">{t('common:menu.school')}</Link>
            </PageHead>
            <Guardians student={student} />
            <Changes changes={student.changes} />
          </>
        )}
      </Loaded>
    </div>
  )
}

function Guardians({ student }: { student: StudentGuardians }) {
  const { t } = useTranslation('family')
  const [limiting, setLimiting] = useState<string | null>(null)
  return (
    <Card title={t('guardian.title')} sub={t('court.sub')}>
      {student.guardians.length === 0 && <Empty>{t('court.nobody')}</Empty>}
      <Rows>
        {student.guardians.map((one) => (
          <GuardianLine key={one.id} guardian={one}>
            {limiting === one.id ? (
              <Limit key={one.version} guardian={one} student={student} onClose={() => setLimiting(null)} />
            ) : (
              <Button size="xs" onClick={() => setLimiting(one.id)}>
                {t(one.limited.length > 0 ? 'court.change' : 'court.record')}
              </Button>
            )}
          </GuardianLine>
        ))}
      </Rows>
    </Card>
  )
}

function Limit({ guardian, student, onClose }: { guardian: Guardianship; student: StudentGuardians; onClose: () => void }) {
  const { t } = useTranslation('family')
  const client = useQueryClient()
  const [rights, setRights] = useState<Right[]>(guardian.limited.length > 0 ? guardian.limited : RIGHTS)
  const [basis, setBasis] = useState('')
  const [day, setDay] = useState(student.today)
  const [last, setLast] = useState(guardian.limited_until)
  const limiting = useMutation({
    mutationFn: () => limitGuardianship(guardian.id, {
        expected_version: guardian.version,
        rights,
        basis: basis.trim(),
        document_day: day,
        last_day: (rights.length > 0 && last) || null,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: guardiansQuery(student.student_id).queryKey })
      onClose()
    },
  })
  return (
    <div className={css.form} style={{ flexBasis: '100%' }}>
      <fieldset className={css.pick}>
        <legend>{t('court.what')}</legend>
        {RIGHTS.map((right) => (
          <Checkbox
            key={right}
            label={t(`right.${right}`)}
            checked={rights.includes(right)}
            onChange={(event) => setRights(event.currentTarget.checked ? [...rights, right] : rights.filter((one) => one !== right))}
          />
        ))}
      </fieldset>
      <Textarea label={t(rights.length > 0 ? 'court.basis' : 'court.why')} description={t('court.basisHint')} rows={2} maxLength={500} value={basis} onChange={(event) => setBasis(event.currentTarget.value)} />
      <TextInput type="date" label={t('court.day')} max={student.today} value={day} onChange={(event) => setDay(event.currentTarget.value)} />
      {rights.length > 0 && (
        <TextInput type="date" label={t('court.last')} description={t('court.lastHint')} min={student.today} value={last} onChange={(event) => setLast(event.currentTarget.value)} />
      )}
      {limiting.error && <ProblemState problem={asProblem(limiting.error)} />}
      <div className={css.acts}>
        <Button variant="filled" disabled={basis.trim().length < 5 || !day} loading={limiting.isPending} onClick={() => limiting.mutate()}>
          {t(rights.length > 0 ? 'court.save' : 'court.lift')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </div>
  )
}

function Changes({ changes }: { changes: GuardianshipChange[] }) {
  const { t } = useTranslation('family')
  if (changes.length === 0) return null
  return (
    <Card title={t('court.history')}>
      <Rows>
        {changes.map((one, index) => (
          <Row key={index}>
            <Grow>
              {t(`court.act.${one.act}`)}
              {one.rights.length > 0 && `: ${rightsWords(t, one.rights)}`}
              {one.basis && <Sub>{one.basis}</Sub>}
              <Sub>{[one.author, moment(one.at_ms), one.day && t('court.on', { day: fullDate(one.day) }), one.until_day && t('court.until', { day: fullDate(one.until_day) })].filter(Boolean).join(' · ')}</Sub>
            </Grow>
          </Row>
        ))}
      </Rows>
    </Card>
  )
}
