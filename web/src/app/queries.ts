/** Queries that more than one page asks. */
import { queryOptions } from '@tanstack/react-query'

import { getMarks, getWeek } from '@/api/diary'
import { getInbox } from '@/api/family'
import { getGradebook, getGradebooks, getLesson } from '@/api/journal'
import { getReviews } from '@/api/library'
import { getChats } from '@/api/messages'
import { getSignIns } from '@/api/session'
import { withLaterChats } from '@/live/messages'

export const chatsQuery = queryOptions({
  queryKey: ['chats'],
  queryFn: getChats,
  staleTime: 30_000,
  structuralSharing: (known, fresh) => withLaterChats(known as Chats | undefined, fresh as Chats),
})

type Chats = Awaited<ReturnType<typeof getChats>>

export const signInsQuery = queryOptions({ queryKey: ['sign-ins'], queryFn: () => getSignIns(), staleTime: 60_000 })

export const reviewsQuery = queryOptions({ queryKey: ['reviews'], queryFn: () => getReviews(), staleTime: 30_000 })

export const inboxQuery = queryOptions({ queryKey: ['family-inbox'], queryFn: () => getInbox(), staleTime: 30_000, refetchInterval: 60_000 })

export const gradebooksQuery = queryOptions({ queryKey: ['gradebooks'], queryFn: () => getGradebooks('', '', 200), staleTime: 60_000 })

export const gradebookQuery = (id: string, period?: string) =>
  queryOptions({ queryKey: ['gradebook', id, period ?? ''], queryFn: () => getGradebook(id, period), staleTime: 5_000 })

export const lessonQuery = (id: string) =>
  queryOptions({ queryKey: ['lesson', id], queryFn: () => getLesson(id), staleTime: 5_000 })

/** `monday` is any day of the week asked for; without it the school's present week. */
export const weekQuery = (student: string, monday?: string) =>
  queryOptions({ queryKey: ['diary', student, monday ?? ''], queryFn: () => getWeek(student, monday), staleTime: 15_000 })

export const marksQuery = (student: string, period?: string) =>
  queryOptions({ queryKey: ['marks', student, period ?? ''], queryFn: () => getMarks(student, period), staleTime: 15_000 })
