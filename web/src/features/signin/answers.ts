/** Answers on the consent page: one word for each purpose of each person, none of them chosen beforehand. */
import type { ConsentAnswer, ConsentText } from '@/api/consents'

export type Word = 'yes' | 'no'
export type Words = Record<string, Word>

export interface Asked {
  id: string
  name: string
  isSelf: boolean
  consents: ConsentText[]
}

export function keyOf(consent: Pick<ConsentText, 'subject_id' | 'purpose'>): string {
  return `${consent.subject_id} ${consent.purpose}`
}

/** By person, in the order in which they are asked. */
export function grouped(consents: ConsentText[]): Asked[] {
  const people = new Map<string, Asked>()
  for (const consent of consents) {
    const known = people.get(consent.subject_id)
    if (known) known.consents.push(consent)
    else people.set(consent.subject_id, { id: consent.subject_id, name: consent.subject_name, isSelf: consent.is_self, consents: [consent] })
  }
  return [...people.values()]
}

/** What must be given is given, and everything else has its yes or no. */
export function isComplete(consents: ConsentText[], words: Words): boolean {
  return consents.every((consent) => {
    const word = words[keyOf(consent)]
    return consent.required ? word === 'yes' : word !== undefined
  })
}

export function answersOf(consents: ConsentText[], words: Words): ConsentAnswer[] {
  return consents.map((consent) => ({
    subject_id: consent.subject_id,
    purpose: consent.purpose,
    version: consent.version,
    declined: words[keyOf(consent)] === 'no',
  }))
}
