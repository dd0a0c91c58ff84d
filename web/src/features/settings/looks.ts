import type { Look } from '@/api/privacy'

/** Looks of one person, in one role, at one kind of data within one day: read as one line, not as twenty. */
export interface LookGroup {
  look: Look
  /** Moments, the newest first. */
  times: number[]
}

export interface LookDay {
  day: string
  groups: LookGroup[]
}

const keyOf = (look: Look) => [look.reader_name, look.role_type, look.what, look.together].join('\n')

/** Days and the lines within them stay in the order of the list, which is the newest first. */
export function byDay(looks: Look[], dayOf: (ms: number) => string): LookDay[] {
  const days = new Map<string, Map<string, LookGroup>>()
  for (const look of looks) {
    const day = dayOf(look.at_ms)
    const groups = days.get(day) ?? new Map<string, LookGroup>()
    days.set(day, groups)
    const known = groups.get(keyOf(look))
    if (known) known.times.push(look.at_ms)
    else groups.set(keyOf(look), { look, times: [look.at_ms] })
  }
  return [...days].map(([day, groups]) => ({ day, groups: [...groups.values()] }))
}
