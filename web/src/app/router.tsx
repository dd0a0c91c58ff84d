import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type ErrorComponentProps,
} from '@tanstack/react-router'
import type { QueryClient } from '@tanstack/react-query'

import { asProblem, Problem } from '@/api/problem'
import { ProblemState, Skeleton } from '@/ui/states'

import { menuOf } from './menu'
import { queryClient } from './query-client'
import { sessionQuery } from './session'

function Failure({ error, reset }: ErrorComponentProps) {
  return <ProblemState problem={asProblem(error)} onRetry={reset} />
}

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet })

const page = <P extends string>(path: P) => ({ getParentRoute: () => root, path })

const signin = createRoute({
  ...page('/signin'),
  validateSearch: (search: Record<string, unknown>): { return_to?: string; left?: boolean } => ({
    ...(typeof search.return_to === 'string' ? { return_to: search.return_to } : {}),
    ...(search.left === undefined ? {} : { left: true }),
  }),
  component: lazyRouteComponent(() => import('@/features/signin/SignInPage'), 'SignInPage'),
})

const problem = createRoute({
  ...page('/signin/problem'),
  validateSearch: (search: Record<string, unknown>): { code?: string; ref?: string } => ({
    ...(typeof search.code === 'string' ? { code: search.code } : {}),
    ...(typeof search.ref === 'string' ? { ref: search.ref } : {}),
  }),
  component: lazyRouteComponent(() => import('@/features/signin/ProblemPage'), 'ProblemPage'),
})

const done = createRoute({
  ...page('/signin/done'),
  component: lazyRouteComponent(() => import('@/features/signin/DonePage'), 'DonePage'),
})

const consent = createRoute({
  ...page('/consent'),
  component: lazyRouteComponent(() => import('@/features/signin/ConsentPage'), 'ConsentPage'),
})

/** Everything inside needs a session; without one the address is kept for the way back. */
const cabinet = createRoute({
  getParentRoute: () => root,
  id: 'cabinet',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.query({ ...sessionQuery, staleTime: 'static' })
    if (!session.authenticated) throw redirect({ to: '/signin', search: { return_to: location.href } })
    if (session.missing_consents.length > 0) throw redirect({ to: '/consent' })
    if (!session.role && location.pathname !== '/settings') throw redirect({ to: '/settings' })
  },
  component: lazyRouteComponent(() => import('./Cabinet'), 'Cabinet'),
})

const inside = <P extends string>(path: P) => ({ getParentRoute: () => cabinet, path })

const home = createRoute({
  ...inside('/'),
  beforeLoad: async ({ context }) => {
    const session = await context.queryClient.query({ ...sessionQuery, staleTime: 'static' })
    throw redirect({ to: menuOf(session.role?.type)[0]?.to ?? '/settings' })
  },
})

const settings = createRoute({
  ...inside('/settings'),
  component: lazyRouteComponent(() => import('@/features/settings/SettingsPage'), 'SettingsPage'),
})

const day = createRoute({
  ...inside('/day'),
  validateSearch: dateSearch,
  component: lazyRouteComponent(() => import('@/features/day/DayPage'), 'DayPage'),
})

const journals = createRoute({
  ...inside('/journal'),
  component: lazyRouteComponent(() => import('@/features/journal/JournalListPage'), 'JournalListPage'),
})

export interface JournalSearch {
  lesson?: string
  period?: string
  view?: 'attendance' | 'topics'
}

const journal = createRoute({
  ...inside('/journal/$gradebookId'),
  validateSearch: (search: Record<string, unknown>): JournalSearch => ({
    ...(typeof search.lesson === 'string' ? { lesson: search.lesson } : {}),
    ...(typeof search.period === 'string' ? { period: search.period } : {}),
    ...(search.view === 'attendance' || search.view === 'topics' ? { view: search.view } : {}),
  }),
  component: lazyRouteComponent(() => import('@/features/journal/JournalPage'), 'JournalPage'),
})

function dateSearch(search: Record<string, unknown>): { date?: string; child?: string } {
  return {
    ...(typeof search.date === 'string' ? { date: search.date } : {}),
    ...(typeof search.child === 'string' ? { child: search.child } : {}),
  }
}

const diary = createRoute({
  ...inside('/diary'),
  validateSearch: dateSearch,
  component: lazyRouteComponent(() => import('@/features/diary/DiaryPage'), 'DiaryPage'),
})

const homework = createRoute({
  ...inside('/homework'),
  validateSearch: dateSearch,
  component: lazyRouteComponent(() => import('@/features/diary/HomeworkPage'), 'HomeworkPage'),
})

const progress = createRoute({
  ...inside('/progress'),
  validateSearch: dateSearch,
  component: lazyRouteComponent(() => import('@/features/diary/ProgressPage'), 'ProgressPage'),
})

const family = createRoute({
  ...inside('/family'),
  component: lazyRouteComponent(() => import('@/features/diary/FamilyPage'), 'FamilyPage'),
})

const messages = createRoute({
  ...inside('/messages'),
  component: lazyRouteComponent(() => import('@/features/messages/MessagesPage'), 'MessagesPage'),
})

const chat = createRoute({
  getParentRoute: () => messages,
  path: '$chatId',
  component: lazyRouteComponent(() => import('@/features/messages/Conversation'), 'Conversation'),
})

/** The router reads `?q=5` as a number; a search is a text. */
function textOf<K extends string>(search: Record<string, unknown>, name: K): { [P in K]?: string } {
  const value = search[name]
  return (typeof value === 'string' && value !== '') || typeof value === 'number' ? ({ [name]: String(value) } as { [P in K]?: string }) : {}
}

export interface LibrarySearch {
  q?: string
  subject?: string
  grade?: number
  kind?: string
}

const library = createRoute({
  ...inside('/library'),
  validateSearch: (search: Record<string, unknown>): LibrarySearch => ({
    ...textOf(search, 'q'),
    ...textOf(search, 'subject'),
    ...(Number(search.grade) > 0 ? { grade: Number(search.grade) } : {}),
    ...textOf(search, 'kind'),
  }),
  component: lazyRouteComponent(() => import('@/features/library/LibraryPage'), 'LibraryPage'),
})

const item = createRoute({
  ...inside('/library/$itemId'),
  component: lazyRouteComponent(() => import('@/features/library/ItemPage'), 'ItemPage'),
})

const reviews = createRoute({
  ...inside('/reviews'),
  component: lazyRouteComponent(() => import('@/features/library/ReviewsPage'), 'ReviewsPage'),
})

const statistics = createRoute({
  ...inside('/statistics'),
  component: lazyRouteComponent(() => import('@/features/statistics/StatisticsPage'), 'StatisticsPage'),
})

const school = createRoute({
  ...inside('/school'),
  component: lazyRouteComponent(() => import('@/features/school/SchoolPage'), 'SchoolPage'),
})

const schoolImport = createRoute({
  ...inside('/school/import'),
  validateSearch: (search: Record<string, unknown>): { id?: string } =>
    typeof search.id === 'string' ? { id: search.id } : {},
  component: lazyRouteComponent(() => import('@/features/school/ImportPage'), 'ImportPage'),
})

const organisations = createRoute({
  ...inside('/organisations'),
  component: lazyRouteComponent(() => import('@/features/school/OrganisationsPage'), 'OrganisationsPage'),
})

const organisation = createRoute({
  ...inside('/organisations/$organisationId'),
  component: lazyRouteComponent(() => import('@/features/school/OrganisationPage'), 'OrganisationPage'),
})

const tree = root.addChildren([
  signin,
  problem,
  done,
  consent,
  cabinet.addChildren([
    home,
    settings,
    day,
    journals,
    journal,
    diary,
    homework,
    progress,
    family,
    messages.addChildren([chat]),
    library,
    item,
    reviews,
    statistics,
    school,
    schoolImport,
    organisations,
    organisation,
  ]),
])

export const router = createRouter({
  routeTree: tree,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  defaultPendingComponent: () => <Skeleton heights={[38, 120, 320]} />,
  defaultErrorComponent: Failure,
  defaultNotFoundComponent: () => (
    <main>
      <ProblemState problem={notFound} page />
    </main>
  ),
  scrollRestoration: true,
})

const notFound = new Problem(404, { code: 'PAGE_NOT_FOUND' })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
