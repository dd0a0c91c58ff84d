/** What stands on «Настройки аккаунта», from top to bottom. A new section is a component and a line here, its name in `settings:tab`. */
import type { ComponentType } from 'react'

import type { Session } from '@/api/session'
import { Start } from '@/features/family/Start'

import { AccessCard } from './AccessCard'
import { Addresses } from './Addresses'
import { Consents } from './Consents'
import { ErasureCard } from './ErasureCard'
import { ExportCard } from './ExportCard'
import { Language } from './Language'
import { Roles } from './Roles'
import { Profile } from './Profile'
import { Sessions } from './Sessions'
import { Tokens } from './Tokens'

export interface Section {
  /** Anchor in the address, name in `settings:tab`. */
  id: string
  component: ComponentType
  /** Shown to everybody when left out. */
  when?: (session: Session) => boolean
}

const FAMILY = new Set(['STUDENT', 'GUARDIAN'])

export const sections: Section[] = [
  { id: 'noRoles', component: Start, when: (session) => !session.role && session.roles.length === 0 },
  { id: 'roles', component: Roles, when: (session) => session.roles.length > 0 },
  { id: 'profile', component: Profile },
  { id: 'consents', component: Consents },
  { id: 'sessions', component: Sessions },
  { id: 'access', component: AccessCard },
  { id: 'copy', component: ExportCard },
  { id: 'erasure', component: ErasureCard },
  { id: 'tokens', component: Tokens, when: (session) => FAMILY.has(session.role?.type ?? '') },
  { id: 'addresses', component: Addresses },
  { id: 'language', component: Language },
]
