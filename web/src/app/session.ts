import { queryOptions, useQuery, useSuspenseQuery, type QueryClient } from '@tanstack/react-query'

import { asProblem } from '@/api/problem'
import { getSession, type Role, type Session } from '@/api/session'
import { signIn } from '@/api/signin'

import { keepForOwner } from './leftovers'
import { openSeen, restoreSeen } from './seen'

const KEY = ['session']

export const sessionQuery = queryOptions({
  queryKey: KEY,
  queryFn: ({ client }) => load(client),
  staleTime: 60_000,
  // Without a network the answer is the session last seen; the real one is asked for as soon as there is one.
  networkMode: 'always',
  refetchOnReconnect: 'always',
})

async function load(client: QueryClient): Promise<Session> {
  let session: Session
  try {
    session = await getSession()
  } catch (reason) {
    const { kind } = asProblem(reason)
    const seen = kind === 'offline' || kind === 'busy' ? restoreSeen(client) : null
    if (!seen) throw reason
    return seen
  }
  if (!session.authenticated && client.getQueryData<Session>(KEY)?.authenticated) {
    await signIn.needed()
    return load(client)
  }
  return remember(client, session)
}

/** The server's word on who is here: what belongs to somebody else goes from the device. */
export function remember(client: QueryClient, session: Session): Session {
  openSeen(client, session)
  return keepForOwner(session)
}

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data
}

/** The session if it is known already; pages outside the cabinet must not wait for it. */
export function useMaybeSession(): Session | undefined {
  return useQuery(sessionQuery).data
}

/** The role the person acts in, with its groups and children. */
export function useRole(): Role | undefined {
  const session = useSession()
  return session.roles.find((role) => role.id === session.role?.id)
}

/** Roles that can be entered now. */
export function activeRoles(session: Session): Role[] {
  return session.roles.filter((role) => role.status === 'ACTIVE')
}
