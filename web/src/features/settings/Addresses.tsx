import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { addAddress, getNotices } from '@/api/notices'
import { asProblem } from '@/api/problem'
import { Card } from '@/ui/basic'
import { Empty, Loaded, ProblemState } from '@/ui/states'

import { AddressLine } from './AddressLine'
import css from './Settings.module.css'

const NOTICES = ['notices']

/** Where people are told what happens to their account, beside the bell of the open page. */
export function Addresses() {
  const { t } = useTranslation('settings')
  const client = useQueryClient()
  const query = useQuery({ queryKey: NOTICES, queryFn: getNotices })
  const refresh = () => client.invalidateQueries({ queryKey: NOTICES })
  return (
    <Card title={t('addresses.title')} sub={t('addresses.inside')}>
      <Loaded query={query} skeleton={[44]}>
        {({ sends, addresses, most, suggested }) =>
          sends ? (
            <>
              {addresses.length === 0 && <Empty>{t('addresses.empty')}</Empty>}
              {addresses.map((one) => (
                <AddressLine key={one.id} address={one} onChanged={refresh} />
              ))}
              {addresses.length < most && <NewAddress suggested={suggested} onAdded={refresh} />}
            </>
          ) : (
            <div className={css.text}>
              <p>{t('addresses.none')}</p>
            </div>
          )
        }
      </Loaded>
    </Card>
  )
}

function NewAddress({ suggested, onAdded }: { suggested: string; onAdded: () => Promise<void> }) {
  const { t } = useTranslation('settings')
  const [typed, setTyped] = useState<string>()
  const address = typed ?? suggested
  const adding = useMutation({
    mutationFn: addAddress,
    onSuccess: async () => {
      setTyped('')
      await onAdded()
    },
  })
  const add = (event: SyntheticEvent) => {
    event.preventDefault()
    if (address.trim()) adding.mutate(address.trim())
  }
  return (
    <form className={css.form} onSubmit={add}>
      <TextInput
        type="text"
        inputMode="email"
        autoComplete="email"
        maxLength={254}
        label={t('addresses.new')}
        description={typed === undefined && suggested ? t('addresses.suggested') : undefined}
        placeholder={t('addresses.example')}
        w="100%"
        maw={360}
        value={address}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {adding.error && <ProblemState problem={asProblem(adding.error)} />}
      <Button type="submit" loading={adding.isPending} disabled={!address.trim()}>
        {t('addresses.add')}
      </Button>
    </form>
  )
}
