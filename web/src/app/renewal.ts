/** A new version of the page is taken without breaking the one that is open. */

const KEY = 'myschool.reloaded'
const AGAIN_MS = 60_000
const HOUR_MS = 3600_000

let reloading = false

/** The page is on its way out: what fails meanwhile is not worth a word. */
export function isReloading(): boolean {
  return reloading
}

/** Loads the page anew because a part of it is gone; false when that has just been tried or there is no network. */
export function reloadOnce(reload: () => void = () => window.location.reload()): boolean {
  if (!navigator.onLine || Date.now() - Number(sessionStorage.getItem(KEY) ?? 0) < AGAIN_MS) return false
  sessionStorage.setItem(KEY, String(Date.now()))
  reloading = true
  reload()
  return true
}

/** Parts of an old version may be gone from the server: the open page then reloads itself once, its drafts are on the device. */
export function mindLostParts(): void {
  window.addEventListener('vite:preloadError', (event) => {
    reloadOnce()
    // The router would load the page once more by itself, even without a network.
    sessionStorage.setItem(`tanstack_router_reload:${event.payload.message}`, '1')
  })
}

/** Installs the worker after the page has come up, and asks now and then whether there is a newer one. */
export function installWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  window.addEventListener('load', () => {
    navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' }).then(
      (registration) => setInterval(() => void registration.update().catch(() => undefined), HOUR_MS),
      // A private window or a strict browser: the page works without it, only not offline.
      () => undefined,
    )
  })
}
