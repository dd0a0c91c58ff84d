import { beforeEach, expect, test } from 'vitest'

import type { Session } from '@/api/session'

import { keepForOwner } from './leftovers'

const signedIn = (id: string) => ({ person: { id, display_name: '' } }) as unknown as Session

beforeEach(() => localStorage.clear())

test('drafts stay for their author and go when another person signs in', () => {
  keepForOwner(signedIn('anna'))
  localStorage.setItem('myschool.draft.chat.1', 'привет')
  localStorage.setItem('myschool.outbox', '{}')
  localStorage.setItem('myschool.language', 'ru')
  keepForOwner(signedIn('anna'))
  expect(localStorage.getItem('myschool.draft.chat.1')).toBe('привет')
  keepForOwner(signedIn('boris'))
  expect(localStorage.getItem('myschool.draft.chat.1')).toBeNull()
  expect(localStorage.getItem('myschool.outbox')).toBeNull()
  expect(localStorage.getItem('myschool.language')).toBe('ru')
})
