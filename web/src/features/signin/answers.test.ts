import { describe, expect, it } from 'vitest'

import type { ConsentText } from '@/api/consents'

import { answersOf, grouped, isComplete, keyOf } from './answers'

function text(subject: string, purpose: string, required = false): ConsentText {
  return { subject_id: subject, subject_name: subject, is_self: required, purpose, title: purpose, text: '', version: '1', required }
}

const own = text('me', 'personal_data', true)
const child = [text('eva', 'personal_data'), text('eva', 'media')]

describe('answers', () => {
  it('are grouped by person in the order asked', () => {
    expect(grouped([own, ...child]).map((one) => [one.id, one.consents.length])).toEqual([
      ['me', 1],
      ['eva', 2],
    ])
  })

  it('are complete only when each purpose has its own word', () => {
    const words = { [keyOf(own)]: 'yes', 'eva personal_data': 'no' } as const
    expect(isComplete([own, ...child], words)).toBe(false)
    expect(isComplete([own, ...child], { ...words, 'eva media': 'no' })).toBe(true)
  })

  it('cannot go on without what is required', () => {
    expect(isComplete([own], {})).toBe(false)
    expect(isComplete([own], { [keyOf(own)]: 'no' })).toBe(false)
  })

  it('tell a no as declined', () => {
    expect(answersOf(child, { 'eva personal_data': 'yes', 'eva media': 'no' }).map((one) => one.declined)).toEqual([false, true])
  })
})
