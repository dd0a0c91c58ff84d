import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { confirmImport, getImport, startImport, type SchoolImport } from '@/api/school'
import { useSession } from '@/app/session'
import { Card, Chip, cx, Note, PageHead, Segments } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import { ImportRows } from './ImportRows'
import css from './School.module.css'

type Format = 'SHEET' | 'ONEROSTER'

/** A school's list from a file: send it, look at the verdict on every row, then let it happen whole or not at all. */
export function ImportPage() {
  const { t } = useTranslation('school')
  const { id } = useSearch({ from: '/cabinet/school/import' })
  const organisation = useSession().role?.organisation_id
  const query = useQuery({ queryKey: ['import', id], queryFn: () => getImport(id ?? ''), enabled: id !== undefined })
  const step = id === undefined ? 0 : query.data?.status === 'DONE' ? 2 : 1
  if (!organisation) return <Empty>{t('noSchool')}</Empty>
  return (
    <>
      <PageHead title={t('import.title')} />
      <ol className={css.steps}>
        {(['file', 'check', 'done'] as const).map((name, index) => (
          <li key={name} aria-current={index === step ? 'step' : undefined}>
            {index + 1}. {t(`import.step.${name}`)}
          </li>
        ))}
      </ol>
      {id === undefined ? (
        <Upload organisation={organisation} />
      ) : (
        <Loaded query={query} skeleton={[90, 320]}>
          {(found) => <Preview key={found.id} found={found} />}
        </Loaded>
      )}
    </>
  )
}

/** Where the last file of a school is remembered, so that a check that was left is found again. */
const LAST = 'myschool.import.'

function LastImport({ organisation }: { organisation: string }) {
  const { t } = useTranslation('school')
  const id = localStorage.getItem(LAST + organisation)
  const query = useQuery({ queryKey: ['import', id], queryFn: () => getImport(id ?? ''), enabled: id !== null, retry: false })
  if (!id || query.data?.status !== 'PREVIEW') return null
  return (
    <div className={css.left}>
      <Note tone="info">
        <p>
          {t('import.left', { name: query.data.file_name, count: query.data.counts.rows })}{' '}
          <Link to="/school/import" search={{ id }}>
            {t('import.goOn')}
          </Link>
        </p>
      </Note>
    </div>
  )
}

function Upload({ organisation }: { organisation: string }) {
  const { t } = useTranslation('school')
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/school/import' })
  const [format, setFormat] = useState<Format>('SHEET')
  const [over, setOver] = useState(false)
  const sending = useMutation({
    mutationFn: (file: File) => startImport(organisation, format, file),
    onSuccess: (found) => {
      client.setQueryData(['import', found.id], found)
      localStorage.setItem(LAST + organisation, found.id)
      return navigate({ search: { id: found.id } })
    },
  })
  const take = (files: FileList | null) => {
    const file = files?.[0]
    if (file) sending.mutate(file)
  }
  return (
    <>
      <LastImport organisation={organisation} />
      <div className={css.options}>
        <Segments
          label={t('import.format')}
          value={format}
          options={[
            { value: 'SHEET', label: t('import.sheet') },
            { value: 'ONEROSTER', label: 'OneRoster 1.2' },
          ]}
          onChange={setFormat}
        />
        <p>{t(`import.about.${format}`)}</p>
      </div>
      <label
        className={cx(css.drop, over && css.over)}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault()
          setOver(false)
          take(event.dataTransfer.files)
        }}
      >
        <input type="file" accept={format === 'SHEET' ? '.xlsx,.csv' : '.zip'} disabled={sending.isPending} onChange={(event) => take(event.currentTarget.files)} />
        <span className={css.dropName}>{t(sending.isPending ? 'import.sending' : 'import.choose')}</span>
        <span>{sending.isPending ? sending.variables.name : t('import.drop')}</span>
      </label>
      {sending.error && <ProblemState problem={asProblem(sending.error)} />}
      {/* What exactly the file lacks is said by the server, in the words of the file. */}
      {sending.error && asProblem(sending.error).document.errors?.map((one) => <p key={one.message}>{one.message}</p>)}
    </>
  )
}

function Preview({ found }: { found: SchoolImport }) {
  const { t } = useTranslation('school')
  const client = useQueryClient()
  const navigate = useNavigate({ from: '/school/import' })
  const { counts } = found
  const confirming = useMutation({
    mutationFn: () => confirmImport(found.id),
    onSuccess: (done) => {
      client.setQueryData(['import', found.id], done)
      return client.invalidateQueries({ queryKey: ['organisation'] })
    },
  })
  const changes = counts.create + counts.update
  return (
    <Card title={found.file_name} sub={t('import.rows', { count: counts.rows })}>
      <div className={css.counts}>
        <Chip tone="good">{t('import.create', { count: counts.create })}</Chip>
        <Chip tone="info">{t('import.update', { count: counts.update })}</Chip>
        <Chip>{t('import.unchanged', { count: counts.unchanged })}</Chip>
        {counts.invalid > 0 && <Chip tone="bad">{t('import.invalid', { count: counts.invalid })}</Chip>}
      </div>
      {found.status === 'DONE' && <Note tone="good">{t('import.finished', { count: changes })}</Note>}
      {found.status === 'FAILED' && <Note tone="bad">{t('import.failed')}</Note>}
      {found.status === 'PREVIEW' && counts.invalid > 0 && <Note>{t('import.hasInvalid')}</Note>}
      <ImportRows found={found} />
      {confirming.error && <ProblemState problem={asProblem(confirming.error)} />}
      <div className={css.confirm}>
        {found.status === 'PREVIEW' && (
          <Button variant="filled" disabled={changes === 0 || counts.invalid > 0} loading={confirming.isPending} onClick={() => confirming.mutate()}>
            {t('import.confirm', { count: changes })}
          </Button>
        )}
        <Button onClick={() => void navigate({ search: {} })}>{t('import.another')}</Button>
        {found.status === 'PREVIEW' && <span>{t('import.nothingYet')}</span>}
      </div>
    </Card>
  )
}
