import { Button } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'

import { getGroup } from '@/api/school'
import { shortName } from '@/lib/format'
import { Card, Grow, Row, Rows, Sub } from '@/ui/basic'
import { Empty, Loaded } from '@/ui/states'

import css from './School.module.css'

/** One class: its pupils with their families, and who teaches it. */
export function GroupCard({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('school')
  const query = useQuery({ queryKey: ['group', id], queryFn: () => getGroup(id) })
  return (
    <Card
      title={query.data?.name ?? '\u00a0'}
      sub={query.data?.homeroom_teacher ? t('groups.homeroom', { name: query.data.homeroom_teacher }) : t('groups.noHomeroom')}
      action={
        <Button size="xs" aria-label={t('common:act.close')} onClick={onClose}>
          <IconX size={16} aria-hidden />
        </Button>
      }
    >
      <Loaded query={query} skeleton={[44, 44, 44]}>
        {(group) => (
          <>
            {group.students.length > 0 && (
              <p className={css.links}>
                <Link to="/school/acknowledgements/$groupId" params={{ groupId: id }}>
                  {t('groups.signed')}
                </Link>
                <Link to="/school/invitations/$groupId" params={{ groupId: id }}>
                  {t('groups.invitations')}
                </Link>
              </p>
            )}
            {group.students.length === 0 && <Empty>{t('groups.noStudents')}</Empty>}
            <Rows>
              {group.students.map((student) => (
                <Row key={student.id}>
                  <Grow>
                    {student.full_name}
                    <Sub>{student.guardians.map((one) => shortName(one.full_name)).join(', ') || t('groups.noGuardian')}</Sub>
                  </Grow>
                  <Link to="/school/guardians/$studentId" params={{ studentId: student.id }}>
                    {t('groups.guardians')}
                  </Link>
                </Row>
              ))}
            </Rows>
            {group.teachers.length > 0 && (
              <>
                <h3 style={{ marginTop: 16 }}>{t('groups.teachers')}</h3>
                <Rows>
                  {group.teachers.map((teacher) => (
                    <Row key={`${teacher.id} ${teacher.subject}`}>
                      <Grow>
                        {teacher.name}
                        <Sub>{teacher.subject}</Sub>
                      </Grow>
                    </Row>
                  ))}
                </Rows>
              </>
            )}
          </>
        )}
      </Loaded>
    </Card>
  )
}
