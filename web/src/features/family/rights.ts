import type { Right } from '@/api/family'

/** In the order in which people think of them. */
export const RIGHTS: Right[] = ['SEE', 'SIGN', 'CHAT', 'CONSENT']

/** «видеть дневник, писать в чате родителей». */
export function rightsWords(t: (key: string) => string, rights: Right[]): string {
  return RIGHTS.filter((right) => rights.includes(right))
    .map((right) => t(`right.${right}`))
    .join(', ')
}
