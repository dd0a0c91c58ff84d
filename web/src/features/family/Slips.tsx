import { Button } from '@mantine/core'
import { IconPrinter } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

import type { Slip } from '@/api/invitations'
import { moment } from '@/lib/format'
import { Card } from '@/ui/basic'

import { Qr } from './Qr'
import css from './Slips.module.css'

/** The sheet that is printed and cut: one slip a family. The code stands behind the «#», which no server sees. */
export function Slips({ slips, names, group }: { slips: Slip[]; names: Map<string, string>; group: string }) {
  const { t } = useTranslation('kids')
  const address = `${window.location.origin}/join`
  return (
    <Card className={css.paper} aria-label={t('slips.title')}>
      <div className="no-print">
        <p>{t('slips.about')}</p>
        <Button mt={12} variant="filled" leftSection={<IconPrinter size={18} aria-hidden />} onClick={() => window.print()}>
          {t('slips.print')}
        </Button>
      </div>
      <div className={css.sheet}>
        {slips.map((slip) => {
          const name = names.get(slip.student_id) ?? ''
          return (
            <article key={slip.invitation_id} className={css.slip} aria-label={t('slips.of', { name })}>
              <b>{[name, group].filter(Boolean).join(', ')}</b>
              <div className={css.main}>
                <Qr text={`${address}#${slip.code}`} label={t('slips.qr', { name })} />
                <div>
                  <p>{t('slips.what')}</p>
                  <p>{t('slips.until', { moment: moment(slip.expires_at_ms) })}</p>
                </div>
              </div>
              <ol>
                <li>{t('slips.step1')}</li>
                <li>{t('slips.step2')}</li>
                <li>{t('slips.step3')}</li>
              </ol>
              <p>{t('slips.byHand', { address })}</p>
              <p className={css.code}>{slip.spelled}</p>
            </article>
          )
        })}
      </div>
    </Card>
  )
}
