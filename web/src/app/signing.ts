/** Signing out and changing the role: what both mean for everything the page keeps. */
import { endAllSessions, enterRole, getSession, signOut } from '@/api/session'
import { signIn } from '@/api/signin'

import { queryClient } from './query-client'
import { forgetSeen } from './seen'
import { remember, sessionQuery } from './session'

let leaving = false

/** Ends the session here, at the gateway and in the other tabs. */
export async function leave(): Promise<void> {
  leaving = true
  try {
    await signOut()
  } finally {
    signIn.announce('signed-out')
    forget()
    window.location.replace('/signin?left=1')
  }
}

/** Ends every session of the person, on all devices and at Keycloak; nothing happens here when the server could not. */
export async function leaveEverywhere(): Promise<void> {
  await endAllSessions()
  leaving = true
  signIn.announce('signed-out')
  forget()
  window.location.replace('/signin?left=1')
}

/** The person signed out in another tab: nothing of theirs stays on the screen. */
export function left(): void {
  toSignIn('left')
}

/** The session was ended elsewhere: the screen is cleared, what was typed waits on the device for its author. */
export function ended(): void {
  // The live connection may tell it before the answer to the own sign-out is here.
  if (leaving) return
  toSignIn('ended')
}

/** Clears the screen; who signs in anew comes back to the page that stood here. */
function toSignIn(why: 'left' | 'ended'): void {
  forget()
  const here = window.location.pathname + window.location.search
  window.location.replace(`/signin?${why}=1&return_to=${encodeURIComponent(here)}`)
}

/** Somebody has signed in in this window: nothing of whoever was here before lives on. */
export function startAnew(): void {
  forget()
  window.location.replace('/')
}

function forget(): void {
  queryClient.clear()
  sessionStorage.clear()
  forgetSeen()
}

let coming: Promise<void> | null = null

/** Somebody has signed in in another window while calls wait here. */
export function back(): Promise<void> {
  coming ??= comeBack().finally(() => {
    coming = null
  })
  return coming
}

/** The same person goes on in the same role; for anybody else the page starts anew and nothing that waited is sent. */
async function comeBack(): Promise<void> {
  const before = queryClient.getQueryData(sessionQuery.queryKey)
  let session = await getSession()
  if (!session.authenticated) return
  if (session.person?.id !== before?.person?.id) {
    forget()
    window.location.replace('/')
    return
  }
  if (before?.role && session.role?.id !== before.role.id) session = await enterRole(before.role.id)
  queryClient.setQueryData(sessionQuery.queryKey, remember(queryClient, session))
  signIn.resume()
}

let changing = false

/** While this page changes its own role, the page of the role that was left must ask for nothing any more. */
export function isChangingRole(): boolean {
  return changing
}

/** Acts in another role. The page starts anew: nothing that was shown or asked for in the former role lives on in it. */
export async function switchRole(roleId: string, startAnew: () => void = () => window.location.assign('/')): Promise<void> {
  changing = true
  try {
    remember(queryClient, await enterRole(roleId))
  } catch (reason) {
    changing = false
    throw reason
  }
  startAnew()
}
