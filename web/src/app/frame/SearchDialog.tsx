import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useRouter } from '@tanstack/react-router'
import { useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'

import { Dialog } from '@/ui/Dialog'

import css from './SearchDialog.module.css'
import { useFindings, type Finding } from './useFindings'

/** One field for everything: pages, journals, people, library, actions. */
export default function SearchDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const router = useRouter()
  const [text, setText] = useState('')
  const [query] = useDebouncedValue(text.trim(), 200)
  const findings = useFindings(query)
  const [chosen, setChosen] = useState(0)
  const at = Math.min(chosen, findings.length - 1)

  const open = (finding: Finding | undefined) => {
    if (!finding) return
    onClose()
    if (finding.run) finding.run()
    else void router.navigate({ href: finding.href })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((at + step + findings.length) % Math.max(1, findings.length))
    } else if (event.key === 'Enter') open(findings[at])
  }

  return (
    <Dialog title={t('search.title')} place="top" bare onClose={onClose}>
      <div className={css.input}>
        <IconSearch size={20} stroke={1.75} aria-hidden />
        <input
          // eslint-disable-next-line jsx-a11y/no-autofocus -- the window was opened to type here
          autoFocus
          role="combobox"
          aria-expanded={findings.length > 0}
          aria-controls="findings"
          aria-activedescendant={findings[at] ? `finding-${at}` : undefined}
          aria-label={t('search.placeholder')}
          placeholder={t('search.placeholder')}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className={css.results} id="findings" role="listbox" aria-label={t('search.title')}>
        {findings.map((finding, index) => (
          <FindingLine
            key={`${finding.group} ${finding.href} ${finding.title}`}
            finding={finding}
            id={`finding-${index}`}
            first={finding.group !== findings[index - 1]?.group}
            selected={index === at}
            onOpen={() => open(finding)}
          />
        ))}
        {findings.length === 0 && <p className={css.empty}>{t(query ? 'search.nothing' : 'search.empty')}</p>}
      </div>
      <p className={css.foot}>{t('search.keys')}</p>
    </Dialog>
  )
}

function FindingLine(props: { finding: Finding; id: string; first: boolean; selected: boolean; onOpen: () => void }) {
  const { t } = useTranslation()
  const { finding } = props
  return (
    <>
      {props.first && (
        <p className={css.group} role="presentation">
          {t(`search.${finding.group}`)}
        </p>
      )}
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the field hears the keys */}
      <div id={props.id} role="option" aria-selected={props.selected} className={css.option} onClick={props.onOpen}>
        <span>
          {finding.title}
          {finding.sub && <small>{finding.sub}</small>}
        </span>
      </div>
    </>
  )
}
