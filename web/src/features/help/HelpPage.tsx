import { TextInput } from '@mantine/core'
import { IconChevronRight, IconSearch } from '@tabler/icons-react'
import { Link, Navigate, useParams, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import articles from 'virtual:help'

import { Sheet } from '@/features/signin/Sheet'
import { Grow, Note, Row, Rows, Sub } from '@/ui/basic'

import css from './Help.module.css'
import { matching } from './matching'

/** Topics of the help, for people who are signed in and for those who cannot get in. */
export function HelpPage() {
  const { t, i18n } = useTranslation('help')
  const [query, setQuery] = useState('')
  const found = matching(articles, query)
  return (
    <Sheet wide>
      <h1>{t('title')}</h1>
      {i18n.language === 'en' && <Note tone="info">{t('russianOnly')}</Note>}
      <TextInput
        className={css.search}
        label={t('search')}
        leftSection={<IconSearch size={18} stroke={1.6} aria-hidden />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
      />
      <Rows>
        {found.map((article) => (
          <Row key={article.topic}>
            <Grow>
              <Link to="/help/$topic" params={{ topic: article.topic }} className={css.topic}>
                {article.title}
              </Link>
              <Sub>{article.summary}</Sub>
            </Grow>
            <IconChevronRight size={18} stroke={1.6} aria-hidden />
          </Row>
        ))}
      </Rows>
      {found.length === 0 && <p role="status">{t('nothing')}</p>}
      <Back />
    </Sheet>
  )
}

/** One topic. */
export function ArticlePage() {
  const { t } = useTranslation('help')
  const { topic } = useParams({ from: '/help/$topic' })
  const article = articles.find((item) => item.topic === topic)
  if (!article) return <Navigate to="/help" replace />
  return (
    <Sheet wide>
      <nav className={css.path} aria-label={t('title')}>
        <Link to="/help">{t('title')}</Link>
      </nav>
      <h1>{article.title}</h1>
      {/* Our own text, made into HTML when the page was built. */}
      <div className={css.text} lang="ru" dangerouslySetInnerHTML={{ __html: article.html }} />
      <Back />
    </Sheet>
  )
}

function Back() {
  const { t } = useTranslation('help')
  const { history } = useRouter()
  return (
    <p className={css.back}>
      {history.canGoBack() ? (
        <button type="button" onClick={() => history.back()}>
          {t('back')}
        </button>
      ) : (
        <Link to="/">{t('home')}</Link>
      )}
    </p>
  )
}
