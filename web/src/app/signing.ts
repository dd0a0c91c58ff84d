/** Signing out and changing the role: what both mean for everything the page keeps. */
import { enterRole, signOut } from '@/api/session'
import { signIn } from '@/api/signin'

import { queryClient } from './query-client'
import { sessionQuery } from './session'

/** Ends the session here, at the gateway and in the other tabs. */
export async function leave(): Promise<void> {
  let address = '/signin?left=1'
  try {
    const reply = await signOut()
    if (reply.logout_url) address = reply.logout_url
  } finally {
    signIn.announce('signed-out')
    forget()
    window.location.replace(address)
  }
}

/** Another tab or the school's server ended the session: nothing of the person stays on the screen. */
export function left(): void {
  forget()
  window.location.replace('/signin?left=1')
}

function forget(): void {
  queryClient.clear()
  sessionStorage.clear()
}

export async function switchRole(roleId: string): Promise<void> {
  const session = await enterRole(roleId)
  queryClient.clear()
  queryClient.setQueryData(sessionQuery.queryKey, session)
}
