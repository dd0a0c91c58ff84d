import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useEffect } from 'react'

import { Live } from '@/live/Live'
import { setServerTime } from '@/lib/format'

import { Countdown } from './Countdown'
import { Frame } from './frame/Frame'
import { sessionQuery } from './session'

/** A signed-in person's pages: the frame and the live connection. */
export function Cabinet() {
  const session = useQuery(sessionQuery).data
  const serverTime = session?.server_time
  const asked = (session?.missing_consents.length ?? 0) > 0
  const router = useRouter()
  useEffect(() => {
    // A consent was taken back here or on another device: the route's own guard leads to the page that asks for it.
    if (asked) void router.invalidate()
  }, [asked, router])
  useEffect(() => {
    if (serverTime) setServerTime(serverTime)
  }, [serverTime])
  return (
    <Live>
      <Frame />
      <Countdown />
    </Live>
  )
}
