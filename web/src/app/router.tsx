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
import { keepChildCode } from '@/features/signin/childCode'
import { ProblemState, Skeleton } from '@/ui/states'

import { keepCode } from './invitation'
import { menuOf } from './menu'
import { queryClient } from './query-client'
import { isReloading } from './renewal'
import { dateSearch, journalSearch, librarySearch } from './searches'
import { sessionQuery } from './session'

keepCode()
keepChildCode()

function Failure({ error, reset }: ErrorComponentProps) {
  return isReloading() ? <Skeleton heights={[38, 120, 320]} /> : <ProblemState problem={asProblem(error)} onRetry={reset} />
}

const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({ component: Outlet })

const page = <P extends string>(path: P) => ({ getParentRoute: () => root, path })

const signin = createRoute({
  ...page('/signin'),
  validateSearch: (search: Record<string, unknown>): { return_to?: string; left?: boolean; ended?: boolean } => ({
    ...(typeof search.return_to === 'string' ? { return_to: search.return_to } : {}),
    ...(search.left === undefined ? {} : { left: true }),
    ...(search.ended === undefined ? {} : { ended: true }),
  }),
  component: lazyRouteComponent(() => import('@/features/signin/SignInPage'), 'SignInPage'),
})

const problem = createRoute({
  ...page('/signin/problem'),
  validateSearch: (search: Record<string, unknown>): { code?: string; ref?: string; why?: string } => ({
    ...(typeof search.why === 'string' ? { why: search.why } : {}),
    ...(typeof search.code === 'string' ? { code: search.code } : {}),
    ...(typeof search.ref === 'string' ? { ref: search.ref } : {}),
  }),
  component: lazyRouteComponent(() => import('@/features/signin/ProblemPage'), 'ProblemPage'),
})

const child = createRoute({
  ...page('/signin/child'),
  component: lazyRouteComponent(() => import('@/features/signin/ChildPage'), 'ChildPage'),
})

const done = createRoute({
  ...page('/signin/done'),
  component: lazyRouteComponent(() => import('@/features/signin/DonePage'), 'DonePage'),
})

const consent = createRoute({
  ...page('/consent'),
  validateSearch: (search: Record<string, unknown>): { return_to?: string } =>
    typeof search.return_to === 'string' ? { return_to: search.return_to } : {},
  component: lazyRouteComponent(() => import('@/features/signin/ConsentPage'), 'ConsentPage'),
})

const help = createRoute({
  ...page('/help'),
  component: lazyRouteComponent(() => import('@/features/help/HelpPage'), 'HelpPage'),
})

const article = createRoute({
  ...page('/help/$topic'),
  component: lazyRouteComponent(() => import('@/features/help/HelpPage'), 'ArticlePage'),
})

const status = createRoute({
  ...page('/status'),
  component: lazyRouteComponent(() => import('@/features/status/StatusPage'), 'StatusPage'),
})

const ownData = createRoute({
  ...page('/own-data'),
  beforeLoad: async ({ context }) => {
    const session = await context.queryClient.query({ ...sessionQuery, staleTime: 'static' })
    if (!session.authenticated) throw redirect({ to: '/signin', search: { return_to: '/own-data' } })
  },
  component: lazyRouteComponent(() => import('@/features/settings/OwnDataPage'), 'OwnDataPage'),
})

/** Everything inside needs a session; without one the address is kept for the way back. */
const cabinet = createRoute({
  getParentRoute: () => root,
  id: 'cabinet',
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.query({ ...sessionQuery, staleTime: 'static' })
    if (!session.authenticated) throw redirect({ to: '/signin', search: { return_to: location.href } })
    if (session.missing_consents.length > 0) throw redirect({ to: '/consent', search: { return_to: location.href } })
    if (!session.role && location.pathname !== '/settings' && location.pathname !== '/join') throw redirect({ to: '/settings' })
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

const journal = createRoute({
  ...inside('/journal/$gradebookId'),
  validateSearch: journalSearch,
  component: lazyRouteComponent(() => import('@/features/journal/JournalPage'), 'JournalPage'),
})

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
  component: lazyRouteComponent(() => import('@/features/family/FamilyPage'), 'FamilyPage'),
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

const library = createRoute({
  ...inside('/library'),
  validateSearch: librarySearch,
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

const guardians = createRoute({
  ...inside('/school/guardians/$studentId'),
  component: lazyRouteComponent(() => import('@/features/family/GuardiansPage'), 'GuardiansPage'),
})

const invitations = createRoute({
  ...inside('/school/invitations/$groupId'),
  component: lazyRouteComponent(() => import('@/features/family/InvitationsPage'), 'InvitationsPage'),
})

const acknowledgements = createRoute({
  ...inside('/school/acknowledgements/$groupId'),
  validateSearch: dateSearch,
  component: lazyRouteComponent(() => import('@/features/school/AcknowledgementsPage'), 'AcknowledgementsPage'),
})

/** Open without a role too: who takes an invitation up has none yet. */
const join = createRoute({
  ...inside('/join'),
  component: lazyRouteComponent(() => import('@/features/family/JoinPage'), 'JoinPage'),
})

const requests = createRoute({
  ...inside('/school/requests'),
  component: lazyRouteComponent(() => import('@/features/family/RequestsPage'), 'RequestsPage'),
})

const federation = createRoute({
  ...inside('/federation'),
  component: lazyRouteComponent(() => import('@/features/federation/FederationPage'), 'FederationPage'),
})

const accounts = createRoute({
  ...inside('/accounts'),
  component: lazyRouteComponent(() => import('@/features/accounts/AccountsPage'), 'AccountsPage'),
})

const duplicates = createRoute({
  ...inside('/duplicates'),
  component: lazyRouteComponent(() => import('@/features/accounts/DuplicatesPage'), 'DuplicatesPage'),
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
  child,
  done,
  consent,
  ownData,
  help,
  article,
  status,
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
    requests,
    guardians,
    invitations,
    acknowledgements,
    join,
    federation,
    accounts,
    duplicates,
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
