import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'

import { getSession, type Role, type Session } from '@/api/session'

import { keepForOwner } from './leftovers'

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => keepForOwner(await getSession()),
  staleTime: 60_000,
})

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
