/** Texts of the page. Russian is first and complete; the texts of a page come with the page. */
import i18n, { type BackendModule, type ResourceKey } from 'i18next'
import { initReactI18next } from 'react-i18next'

import common from './ru/common.json'

const files = import.meta.glob<ResourceKey>(['./*/*.json', '!./ru/common.json'], { import: 'default' })

const backend: BackendModule = {
  type: 'backend',
  init: () => undefined,
  read: (language, namespace, done) => {
    const load = files[`./${language}/${namespace}.json`]
    if (!load) return done(new Error(`no texts ${language}/${namespace}`), null)
    load().then(
      (texts) => done(null, texts),
      (reason: unknown) => done(reason as Error, null),
    )
  },
}

export const LANGUAGE_KEY = 'myschool.language'

export const languages = ['ru', 'en'] as const

void i18n
  .use(backend)
  .use(initReactI18next)
  .init({
    lng: localStorage.getItem(LANGUAGE_KEY) === 'en' ? 'en' : 'ru',
    fallbackLng: 'ru',
    supportedLngs: languages,
    ns: ['common'],
    defaultNS: 'common',
    fallbackNS: 'common',
    partialBundledLanguages: true,
    resources: { ru: { common } },
    interpolation: { escapeValue: false },
    returnNull: false,
  })

document.documentElement.lang = i18n.language
i18n.on('languageChanged', (language) => {
  localStorage.setItem(LANGUAGE_KEY, language)
  document.documentElement.lang = language
})

export default i18n
