import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { useSession } from '@/app/session'
import { Card, PageHead } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import { AskSchool } from './AskSchool'
import { ChildCard } from './ChildCard'
import css from './Family.module.css'
import { Kids } from './Kids'
import { OwnGuardians } from './OwnGuardians'
import { OwnRequests } from './OwnRequests'
import { familyQuery, startQuery } from './queries'

/** The children of the family with everybody who stands for them; for a student, who sees the own diary. */
export function FamilyPage() {
  const { t } = useTranslation('family')
  const isStudent = useSession().role?.type === 'STUDENT'
  const query = useQuery(familyQuery)
  return (
    <>
      <PageHead title={t(isStudent ? 'own.title' : 'title')} />
      <div className={css.page}>
        <Loaded query={query} skeleton={[180, 180]}>
          {({ students }) => (
            <>
              {students.map((student) =>
                isStudent ? <OwnGuardians key={student.student_id} student={student} /> : <ChildCard key={student.student_id} student={student} />,
              )}
              {students.length === 0 && <Empty>{t('noChildren')}</Empty>}
            </>
          )}
        </Loaded>
        {!isStudent && <AddChild />}
        <div className={css.elsewhere}>
          <Link to="/library">{t('common:menu.library')}</Link>
          <Link to="/settings">{t('common:menu.settings')}</Link>
        </div>
      </div>
    </>
  )
}

function AddChild() {
  const { t } = useTranslation('family')
  const [open, setOpen] = useState(false)
  const start = useQuery(startQuery).data
  const requests = start?.requests.filter((one) => one.kind === 'CHILD' && one.status !== 'CONFIRMED') ?? []
  return (
    <>
      {start && <Kids start={start} />}
      <Card title={t('add.title')} sub={t('add.sub')} action={!open && <Button onClick={() => setOpen(true)}>{t('add.open')}</Button>}>
        <OwnRequests requests={requests} />
        {open && <AskSchool only="CHILD" />}
      </Card>
    </>
  )
}
