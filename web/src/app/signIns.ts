/** Sign-ins elsewhere that this device has not told the person about yet. */
import type { SignIn } from '@/api/session'

const KEY = 'myschool.sign-ins.'

/** Up to when sign-ins were seen here; a device that is new to the person begins with now. */
export function seenUntil(person: string, now: number): number {
  const kept = Number(localStorage.getItem(KEY + person))
  if (kept > 0) return kept
  markSeen(person, now)
  return now
}

export function markSeen(person: string, at: number): void {
  localStorage.setItem(KEY + person, String(at))
}

export function unseen(signIns: SignIn[], until: number): SignIn[] {
  return signIns.filter((one) => !one.current && one.opened_at_ms > until)
}
