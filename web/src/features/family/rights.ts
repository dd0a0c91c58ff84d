import type { Guardianship, Right } from '@/api/family'
import { fullDate } from '@/lib/format'

/** In the order in which people think of them. */
export const RIGHTS: Right[] = ['SEE', 'SIGN', 'CHAT', 'CONSENT']

/** «видеть дневник, писать в чате родителей». */
export function rightsWords(t: (key: string) => string, rights: Right[]): string {
  return RIGHTS.filter((right) => rights.includes(right))
    .map((right) => t(`right.${right}`))
    .join(', ')
}

/** What a court denies, and until when where it ends by itself. */
export function courtWords(t: (key: string, values?: Record<string, string>) => string, key: string, of: Pick<Guardianship, 'limited' | 'limited_until'>): string {
  const rights = rightsWords(t, of.limited)
  return of.limited_until ? t(`${key}Until`, { rights, day: fullDate(of.limited_until) }) : t(key, { rights })
}
