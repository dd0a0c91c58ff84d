import { useTranslation } from 'react-i18next'

import { asProblem } from '@/api/problem'
import { Note } from '@/ui/basic'
import { ProblemState } from '@/ui/states'

/** Why a child could not sign in, in words for a child; what has none is told as everywhere. */
export function ChildRefusal({ error }: { error: unknown }) {
  const { t, i18n } = useTranslation('signin')
  const problem = asProblem(error)
  const key = `childPage.refused.${problem.code.replace('.', '_')}`
  if (!i18n.exists(key, { ns: 'signin' })) return <ProblemState problem={problem} />
  return (
    <div role="alert">
      <Note>{t(key)}</Note>
    </div>
  )
}
