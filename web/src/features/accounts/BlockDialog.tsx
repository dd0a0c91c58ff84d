import { Button, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import { BLOCK_REASONS, blockAccount, unblockAccount, type Account, type BlockReason } from '@/api/accounts'
import { asProblem } from '@/api/problem'
import { Dialog } from '@/ui/Dialog'
import { ProblemState } from '@/ui/states'

import css from './Accounts.module.css'

interface DialogOf {
  account: Account
  onClose: () => void
}

/** Ends the person's sessions and refuses the next sign-in; asks for a reason and for words. */
export function BlockDialog({ account, onClose }: DialogOf) {
  const { t } = useTranslation('accounts')
  const [reason, setReason] = useState<BlockReason | ''>('')
  const [words, setWords] = useState('')
  const saving = useSaving(onClose, () =>
    reason ? blockAccount(account.person_id, { reason, words: words.trim(), expected_version: account.version }) : Promise.reject(new Error()),
  )
  return (
    <Dialog title={t('blockTitle', { name: account.full_name })} onClose={onClose}>
      <p>{t('blockText')}</p>
      <div className={css.form}>
        <fieldset className={css.reasons}>
          <legend>{t('why')}</legend>
          {BLOCK_REASONS.map((one) => (
            <label key={one} className={css.reason}>
              <input type="radio" name="reason" checked={reason === one} onChange={() => setReason(one)} />
              <span>
                {t(`reason.${one}`)}
                <small>{t(`reasonHint.${one}`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <Words words={words} onChange={setWords} />
      </div>
      {saving.error && <ProblemState problem={asProblem(saving.error)} />}
      <div className={css.acts}>
        <Button variant="filled" disabled={!reason || !words.trim()} loading={saving.isPending} onClick={() => saving.mutate()}>
          {t('block')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </Dialog>
  )
}

/** Lets the person sign in again; asks for words. */
export function UnblockDialog({ account, onClose }: DialogOf) {
  const { t } = useTranslation('accounts')
  const [words, setWords] = useState('')
  const saving = useSaving(onClose, () => unblockAccount(account.person_id, words.trim(), account.version))
  return (
    <Dialog title={t('unblockTitle', { name: account.full_name })} onClose={onClose}>
      <p>{t('unblockText')}</p>
      <div className={css.form}>
        <Words words={words} onChange={setWords} />
      </div>
      {saving.error && <ProblemState problem={asProblem(saving.error)} />}
      <div className={css.acts}>
        <Button variant="filled" disabled={!words.trim()} loading={saving.isPending} onClick={() => saving.mutate()}>
          {t('unblock')}
        </Button>
        <Button onClick={onClose}>{t('common:act.cancel')}</Button>
      </div>
    </Dialog>
  )
}

function Words({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const { t } = useTranslation('accounts')
  return (
    <Textarea
      label={t('words')}
      description={t('wordsHint')}
      rows={3}
      maxLength={500}
      value={words}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}

/** A saved act closes the window; a refused one says why in it, and the list behind shows what is true now. */
function useSaving(onClose: () => void, save: () => Promise<unknown>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: save,
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['accounts'] }),
  })
}
