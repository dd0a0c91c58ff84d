/** Unsent words stay on the device for their author only: another person who signs in here must not find them. */

import type { Session } from '@/api/session'

const OWNER = 'myschool.owner'
const PRIVATE = ['myschool.outbox', 'myschool.draft.']

export function keepForOwner(session: Session): Session {
  const person = session.person?.id
  if (person && localStorage.getItem(OWNER) !== person) {
    for (const key of Object.keys(localStorage)) {
      if (PRIVATE.some((prefix) => key.startsWith(prefix))) localStorage.removeItem(key)
    }
    localStorage.setItem(OWNER, person)
  }
  return session
}
