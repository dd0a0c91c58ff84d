import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { acceptInvitation } from '@/api/family'
import { asProblem } from '@/api/problem'
import { forgetCode, keptCode } from '@/app/invitation'
import { shortDate } from '@/lib/format'
import { Card, Note, PageHead } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

import css from './Family.module.css'

/** Takes an invitation up. The code comes behind the «#» of a link, or is typed. */
export function JoinPage() {
  const { t } = useTranslation('family')
  const { t: kids } = useTranslation('kids')
  const client = useQueryClient()
  const [code, setCode] = useState(keptCode)
  const accepting = useMutation({
    mutationFn: () => acceptInvitation(code.trim().replace(/^.*#/, '')),
    onSuccess: async () => {
      forgetCode()
      await client.invalidateQueries()
    },
  })
  return (
    <div className={css.page}>
      <PageHead title={t('join.title')} />
      <Card>
        {accepting.data ? (
          <>
            <Note tone="good">{accepting.data.last_day ? t('join.done', { name: accepting.data.student_name, day: shortDate(accepting.data.last_day) }) : kids('joined', { name: accepting.data.student_name })}</Note>
            <div className={css.acts}>
              <Link to="/settings">{t('join.choose')}</Link>
            </div>
          </>
        ) : (
          <div className={css.form}>
            <p>{t('join.about')}</p>
            <TextInput label={t('join.code')} maxLength={300} value={code} onChange={(event) => setCode(event.currentTarget.value)} />
            {accepting.error && <ProblemState problem={asProblem(accepting.error)} />}
            <Button variant="filled" disabled={!code.trim()} loading={accepting.isPending} onClick={() => accepting.mutate()}>
              {t('join.accept')}
            </Button>
          </div>
        )}
      </Card>
    </div>
  )
}
