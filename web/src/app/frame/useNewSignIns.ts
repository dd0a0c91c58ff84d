import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { SignIn } from '@/api/session'
import { signInsQuery } from '@/app/queries'
import { useSession } from '@/app/session'
import { markSeen, seenUntil, unseen } from '@/app/signIns'

/** Sign-ins elsewhere since this device was last told of them, and the word that they were seen. */
export function useNewSignIns(): { list: SignIn[]; seen: () => void } {
  const person = useSession().person?.id ?? ''
  const [until, setUntil] = useState(() => seenUntil(person, Date.now()))
  const all = useQuery(signInsQuery).data?.sign_ins ?? []
  const seen = () => {
    const latest = Math.max(until, ...all.map((one) => one.opened_at_ms))
    markSeen(person, latest)
    setUntil(latest)
  }
  return { list: unseen(all, until), seen }
}
