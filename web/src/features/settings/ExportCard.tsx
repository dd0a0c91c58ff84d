import { Button, Progress } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { exportAddress, getExport, startExport, type ExportJob } from '@/api/privacy'
import { asProblem } from '@/api/problem'
import { fileSize, moment } from '@/lib/format'
import { Card, Note } from '@/ui/basic'
import { Loaded, ProblemState } from '@/ui/states'

import css from './Settings.module.css'

const LOOK_MS = 1500

/** «Скачать мои данные»: collected in the background, found again when the page is opened later. */
export function ExportCard() {
  const { t } = useTranslation('privacy')
  const client = useQueryClient()
  const query = useQuery({
    queryKey: ['export'],
    queryFn: getExport,
    refetchInterval: ({ state }) => (state.data?.export?.state === 'RUNNING' ? LOOK_MS : false),
  })
  const starting = useMutation({ mutationFn: startExport, onSuccess: (answer) => client.setQueryData(['export'], answer) })
  return (
    <Card title={t('export.title')} sub={t('export.sub')}>
      <Loaded query={query} skeleton={[44]}>
        {({ export: job }) => (
          <div className={css.text}>
            {job && <Job job={job} />}
            {job?.state !== 'RUNNING' && (
              <div>
                <Button loading={starting.isPending} onClick={() => starting.mutate()}>
                  {t(job ? 'export.again' : 'export.start')}
                </Button>
              </div>
            )}
          </div>
        )}
      </Loaded>
      {starting.error && <ProblemState problem={asProblem(starting.error)} />}
    </Card>
  )
}

function Job({ job }: { job: ExportJob }) {
  const { t } = useTranslation('privacy')
  if (job.state === 'RUNNING')
    return (
      <div role="status">
        <p>{t('export.running', { done: job.done, total: job.total })}</p>
        <Progress value={(job.done / job.total) * 100} aria-label={t('export.title')} />
      </div>
    )
  if (job.state !== 'READY') return <Note tone="bad">{t(job.state === 'TOO_LARGE' ? 'export.tooLarge' : 'export.failed')}</Note>
  return (
    <div>
      <p style={{ marginBottom: 8 }}>{t('export.ready', { size: fileSize(job.bytes), rows: job.rows, moment: moment(job.expires_at_ms) })}</p>
      <Button component="a" variant="filled" href={exportAddress(job.id)} download leftSection={<IconDownload size={18} aria-hidden />}>
        {t('export.download')}
      </Button>
    </div>
  )
}
