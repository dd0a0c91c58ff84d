import { Button, Checkbox } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { revokeInvitation } from '@/api/family'
import { getFamilyInvitations, getSlips, inviteFamilies, type FamilyInvitation, type FamilyInvitations, type InvitedPupil } from '@/api/invitations'
import { asProblem } from '@/api/problem'
import { moment, shortName } from '@/lib/format'
import { Card, Chip, cx, Grow, PageHead, Rows, Sub, type Tone } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'
import ui from '@/ui/ui.module.css'

import family from './Family.module.css'
import { Slips } from './Slips'
import css from './Slips.module.css'

const MOST = 40
const tones: Record<FamilyInvitation['state'], Tone> = { OPEN: 'info', USED: 'good', REVOKED: 'neutral', EXPIRED: 'warn' }
const keyOf = (group: string) => ['family-invitations', group]

/** A class invites the parents of its pupils: choose, make, print; and what became of earlier invitations. */
export function InvitationsPage() {
  const { t } = useTranslation('kids')
  const { groupId } = useParams({ from: '/cabinet/school/invitations/$groupId' })
  const [token, setToken] = useState('')
  const query = useQuery({ queryKey: [...keyOf(groupId), token], queryFn: () => getFamilyInvitations(groupId, token), placeholderData: keepPreviousData })
  return (
    <Loaded query={query} skeleton={[38, 220, 180]}>
      {(data) => (
        <div className={css.page}>
          <div className="no-print">
            <PageHead title={t('invitations.title', { group: data.group_name })} sub={t('invitations.sub')} />
          </div>
          <Making data={data} group={groupId} />
          <Made data={data} group={groupId} token={token} onPage={setToken} />
        </div>
      )}
    </Loaded>
  )
}

/** Slips are shown until the page is left; codes are asked for anew each time and kept nowhere. */
function Making({ data, group }: { data: FamilyInvitations; group: string }) {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const [chosen, setChosen] = useState<string[]>([])
  const making = useMutation({
    mutationFn: (again: string[]) => (again.length > 0 ? getSlips(again) : inviteFamilies(chosen)),
    onSuccess: () => {
      setChosen([])
      return client.invalidateQueries({ queryKey: keyOf(group) })
    },
  })
  const young = data.students.filter((one) => one.stage !== 'ADULT')
  const open = data.invitations.filter((one) => one.state === 'OPEN').slice(0, MOST)
  const names = new Map(data.students.map((one) => [one.id, one.full_name]))
  return (
    <>
      <Card className="no-print" title={t('invitations.whom')} sub={t('invitations.whomSub')}>
        {data.students.length === 0 && <Empty>{t('invitations.noPupils')}</Empty>}
        <div className={family.acts}>
          <Button size="xs" onClick={() => setChosen(young.filter((one) => one.parents === 0 && one.open === 0).map((one) => one.id).slice(0, MOST))}>
            {t('invitations.without')}
          </Button>
          <Button size="xs" onClick={() => setChosen(young.map((one) => one.id).slice(0, MOST))}>
            {t('invitations.all')}
          </Button>
          <Button size="xs" disabled={chosen.length === 0} onClick={() => setChosen([])}>
            {t('invitations.none')}
          </Button>
        </div>
        <fieldset className={css.pupils}>
          <legend className="visually-hidden">{t('invitations.whom')}</legend>
          {data.students.map((one) => (
            <Pupil key={one.id} pupil={one} chosen={chosen} onChange={setChosen} />
          ))}
        </fieldset>
        {making.error && <ProblemState problem={asProblem(making.error)} />}
        <div className={family.acts}>
          <Button variant="filled" disabled={chosen.length === 0} loading={making.isPending} onClick={() => making.mutate([])}>
            {chosen.length === 0 ? t('invitations.choose') : t('invitations.make', { count: chosen.length })}
          </Button>
          {open.length > 0 && (
            <Button disabled={making.isPending} onClick={() => making.mutate(open.map((one) => one.id))}>
              {t('invitations.again')}
            </Button>
          )}
        </div>
      </Card>
      {making.data && <Slips slips={making.data.slips} names={names} group={data.group_name} />}
    </>
  )
}

function Pupil({ pupil, chosen, onChange }: { pupil: InvitedPupil; chosen: string[]; onChange: (chosen: string[]) => void }) {
  const { t } = useTranslation('kids')
  const is = chosen.includes(pupil.id)
  const adult = pupil.stage === 'ADULT'
  const about = adult
    ? t('invitations.adult')
    : [t('invitations.parents', { count: pupil.parents }), pupil.open > 0 && t('invitations.open', { count: pupil.open })].filter(Boolean).join(' · ')
  return (
    <Checkbox
      label={pupil.full_name}
      description={about}
      checked={is}
      disabled={adult || (!is && chosen.length >= MOST)}
      onChange={() => onChange(is ? chosen.filter((one) => one !== pupil.id) : [...chosen, pupil.id])}
    />
  )
}

function Made({ data, group, token, onPage }: { data: FamilyInvitations; group: string; token: string; onPage: (token: string) => void }) {
  const { t } = useTranslation('kids')
  const client = useQueryClient()
  const revoking = useMutation({ mutationFn: revokeInvitation, onSettled: () => client.invalidateQueries({ queryKey: keyOf(group) }) })
  return (
    <Card className="no-print" title={t('invitations.made')} sub={t('invitations.madeSub')}>
      {data.invitations.length === 0 && <Empty>{t('invitations.noneYet')}</Empty>}
      <Rows>
        {data.invitations.map((one) => (
          <li key={one.id} className={cx(ui.row, family.line)}>
            <Grow>
              {one.student_name}
              <Sub>{[t('invitations.by', { moment: moment(one.made_at_ms) }), one.made_by && shortName(one.made_by)].filter(Boolean).join(' · ')}</Sub>
              {one.state === 'OPEN' && <Sub>{t('invitations.until', { moment: moment(one.expires_at_ms) })}</Sub>}
              {one.state === 'USED' && <Sub>{t('invitations.usedBy', { name: one.used_by, moment: moment(one.used_at_ms) })}</Sub>}
            </Grow>
            <Chip tone={tones[one.state]}>{t(`invitations.state.${one.state}`)}</Chip>
            {one.state === 'OPEN' && (
              <Button size="xs" aria-label={t('invitations.revokeOf', { name: one.student_name })} loading={revoking.isPending && revoking.variables === one.id} onClick={() => revoking.mutate(one.id)}>
                {t('invitations.revoke')}
              </Button>
            )}
          </li>
        ))}
      </Rows>
      {revoking.error && <ProblemState problem={asProblem(revoking.error)} />}
      <div className={family.acts}>
        {data.next_page_token && <Button onClick={() => onPage(data.next_page_token)}>{t('invitations.next')}</Button>}
        {token !== '' && <Button onClick={() => onPage('')}>{t('invitations.first')}</Button>}
      </div>
    </Card>
  )
}
