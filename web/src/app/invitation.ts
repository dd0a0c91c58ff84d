/** The code of an invitation stands behind the «#», which no server sees; it is taken off the address before any redirect copies it. */
const KEY = 'myschool.invitation'

export function keepCode(): void {
  const { pathname, search, hash } = window.location
  if (pathname !== '/join' || hash.length < 2) return
  sessionStorage.setItem(KEY, hash.slice(1))
  window.history.replaceState(window.history.state, '', pathname + search)
}

export function keptCode(): string {
  return sessionStorage.getItem(KEY) ?? ''
}

export function forgetCode(): void {
  sessionStorage.removeItem(KEY)
}
