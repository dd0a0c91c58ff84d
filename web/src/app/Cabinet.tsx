import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'

import { Live } from '@/live/Live'
import { setServerTime } from '@/lib/format'

import { Frame } from './frame/Frame'
import { sessionQuery } from './session'

/** A signed-in person's pages: the frame and the live connection. */
export function Cabinet() {
  const serverTime = useQuery(sessionQuery).data?.server_time
  useEffect(() => {
    if (serverTime) setServerTime(serverTime)
  }, [serverTime])
  return (
    <Live>
      <Frame />
    </Live>
  )
}
