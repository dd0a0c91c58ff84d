/** Keeps the page itself, no data, so that it opens without a network and an open tab survives a new version. */
import { isAway, outdated, PREFIX, wayOf } from './rules'

/** Filled in by the build: the files of this version. */
declare const __SHELL__: { version: string; files: string[] }

const worker = self as unknown as ServiceWorkerGlobalScope
const DOCUMENT = '/index.html'
const NAME = PREFIX + __SHELL__.version
/** A network that says nothing for so long is as good as none. */
const PATIENCE_MS = 4_000

worker.addEventListener('install', (event) => event.waitUntil(fill().then(() => worker.skipWaiting())))
worker.addEventListener('activate', (event) => event.waitUntil(sweep().then(() => worker.clients.claim())))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const way = wayOf({ method: request.method, mode: request.mode, address: new URL(request.url) }, worker.location.origin)
  if (way === 'document') event.respondWith(page(request))
  else if (way === 'file') event.respondWith(file(request))
})

/** Takes what an older version has already; names carry a hash, so the same name is the same file. */
async function fill(): Promise<void> {
  const cache = await caches.open(NAME)
  await cache.add(new Request(DOCUMENT, { cache: 'reload' }))
  for (const path of __SHELL__.files) {
    const kept = await caches.match(path, { ignoreVary: true })
    if (kept) await cache.put(path, kept)
    else await cache.add(path)
  }
}

async function sweep(): Promise<void> {
  const names = outdated(await caches.keys())
  await Promise.all(names.map((name) => caches.delete(name)))
}

async function page(request: Request): Promise<Response> {
  const asked = fetch(request)
  asked.catch(() => undefined)
  const late = new Promise<null>((done) => setTimeout(() => done(null), PATIENCE_MS))
  const answer = await Promise.race([asked, late]).catch(() => null)
  if (answer && !isAway(answer.status)) return answer
  return (await stored()) ?? asked
}

async function stored(): Promise<Response | undefined> {
  const cache = await caches.open(NAME)
  return cache.match(DOCUMENT, { ignoreVary: true })
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request)
}
