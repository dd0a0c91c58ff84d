import { onlineManager, QueryClient } from '@tanstack/react-query'

import { asProblem } from '@/api/problem'

/** Only a lost network or a busy server is worth a second try. */
function retry(count: number, reason: Error): boolean {
  const { kind } = asProblem(reason)
  return count < 2 && (kind === 'offline' || kind === 'busy')
}

// The library believes in a network until it hears otherwise; a page may be opened without one.
onlineManager.setOnline(navigator.onLine)

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry, staleTime: 15_000, gcTime: 24 * 3600_000, refetchOnWindowFocus: true },
    mutations: { retry: false, networkMode: 'always' },
  },
})
