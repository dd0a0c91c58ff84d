import { useTranslation } from 'react-i18next'

import { useSession } from '@/app/session'
import { Empty } from '@/ui/states'

import { OrganisationOf } from './OrganisationPage'

/** The school of the present role. */
export function SchoolPage() {
  const { t } = useTranslation('school')
  const id = useSession().role?.organisation_id
  return id ? <OrganisationOf id={id} /> : <Empty>{t('noSchool')}</Empty>
}
