/** Which pages each structural role has in its menu. */
import {
  IconBook2,
  IconBuildingCommunity,
  IconCalendarEvent,
  IconChartBar,
  IconChecklist,
  IconClipboardCheck,
  IconFileUpload,
  IconMap2,
  IconMailQuestion,
  IconMessage,
  IconNotebook,
  IconSettings,
  IconTable,
  IconUserCheck,
  IconUserQuestion,
  IconUsers,
  IconUsersGroup,
  type Icon,
} from '@tabler/icons-react'

import type { RoleType } from '@/api/session'

export type Count = 'messages' | 'reviews' | 'requests' | 'claims'

export interface MenuEntry {
  to: string
  /** Key under `menu.` of the texts. */
  name: string
  icon: Icon
  /** Which counter of waiting work is shown beside it. */
  count?: Count
}

const day = { to: '/day', name: 'day', icon: IconCalendarEvent }
const journal = { to: '/journal', name: 'journal', icon: IconTable }
const diary = { to: '/diary', name: 'diary', icon: IconNotebook }
const homework = { to: '/homework', name: 'homework', icon: IconChecklist }
const progress = { to: '/progress', name: 'progress', icon: IconChartBar }
const library = { to: '/library', name: 'library', icon: IconBook2 }
const messages: MenuEntry = { to: '/messages', name: 'messages', icon: IconMessage, count: 'messages' }
const statistics = { to: '/statistics', name: 'statistics', icon: IconChartBar }
const school = { to: '/school', name: 'school', icon: IconUsers }
const requests: MenuEntry = { to: '/school/requests', name: 'requests', icon: IconMailQuestion, count: 'requests' }
const importing = { to: '/school/import', name: 'import', icon: IconFileUpload }
const reviews: MenuEntry = { to: '/reviews', name: 'reviews', icon: IconClipboardCheck, count: 'reviews' }
const organisations = { to: '/organisations', name: 'organisations', icon: IconBuildingCommunity }
const accounts = { to: '/accounts', name: 'accounts', icon: IconUserCheck }
const duplicates = { to: '/duplicates', name: 'duplicates', icon: IconUserQuestion }
const federation = { to: '/federation', name: 'federation', icon: IconMap2 }
const family: MenuEntry = { to: '/family', name: 'family', icon: IconUsersGroup, count: 'claims' }
const settings = { to: '/settings', name: 'account', icon: IconSettings }

const teacher = [day, journal, library, messages, statistics]
const head = [statistics, journal, school, requests, importing, duplicates, library]

/** The first entry is the page a cabinet opens on; a phone shows the first five. */
const menus: Partial<Record<RoleType, MenuEntry[]>> = {
  TEACHER: teacher,
  // Whoever asks a student for access is answered on the family page: it is one of the five a phone shows.
  STUDENT: [diary, homework, progress, messages, family, library],
  GUARDIAN: [diary, homework, progress, messages, family, library],
  HEAD: head,
  DEPUTY_HEAD: head,
  MUNICIPAL_COORDINATOR: [organisations, library],
  REGIONAL_COORDINATOR: [organisations, accounts, duplicates, library],
  FEDERAL_ADMINISTRATOR: [federation, library],
  EXPERT: [reviews, library],
}

export function menuOf(type: RoleType | undefined): MenuEntry[] {
  return (type && menus[type]) ?? [library, settings]
}
