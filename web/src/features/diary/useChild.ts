import { useLocalStorage } from '@mantine/hooks'

import { useRole, useSession } from '@/app/session'

export interface Diarist {
  id: string
  /** Full name as the school writes it. */
  name: string
  group: string
}

/** Whose diary is open: the pupil's own, or the chosen child of a guardian. */
export function useChild(): { child: Diarist | undefined; children: Diarist[]; choose: (id: string) => void } {
  const session = useSession()
  const role = useRole()
  const [chosen, choose] = useLocalStorage({ key: `myschool.child.${session.person?.id ?? ''}`, defaultValue: '', getInitialValueInEffect: false })
  const children: Diarist[] = role?.student && session.person
    ? [{ id: session.person.id, name: session.person.display_name, group: role.student.group_name }]
    : (role?.children ?? []).map((one) => ({ id: one.id, name: one.full_name, group: one.group_name }))
  return { child: children.find((one) => one.id === chosen) ?? children[0], children, choose }
}

/** «Тимур» of «Белов Тимур Андреевич». */
export function givenName(full: string): string {
  return full.split(' ')[1] ?? full
}
