import { queryOptions } from '@tanstack/react-query'

import { getFamily, getFamilyStart, getStudentGuardians } from '@/api/family'

export const startQuery = queryOptions({ queryKey: ['family-start'], queryFn: getFamilyStart, staleTime: 15_000 })

export const familyQuery = queryOptions({ queryKey: ['family'], queryFn: getFamily, staleTime: 15_000 })

export const guardiansQuery = (student: string) =>
  queryOptions({ queryKey: ['guardians', student], queryFn: () => getStudentGuardians(student), staleTime: 5_000 })
