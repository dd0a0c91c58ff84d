import { Button, type ButtonProps } from '@mantine/core'
import type { UseInfiniteQueryResult } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

interface MoreProps extends ButtonProps {
  query: UseInfiniteQueryResult
  /** Other words than «Показать ещё». */
  label?: string
}

/** Asks for the next page of a list; nothing where the list is whole. */
export function More({ query, label, ...rest }: MoreProps) {
  const { t } = useTranslation()
  if (!query.hasNextPage) return null
  return (
    <Button {...rest} loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {label ?? t('act.more')}
    </Button>
  )
}
