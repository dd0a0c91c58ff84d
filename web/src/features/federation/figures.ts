/** How a region's figure is found and said: told, withheld for too few people, or not there. */
import type { TFunction } from 'i18next'

import type { FederalCell, Measure } from '@/api/federation'
import { number } from '@/lib/format'

export const MEASURES: Measure[] = ['organisations', 'pupils', 'active', 'lessons', 'described', 'homework', 'marks', 'attendance', 'messages', 'item_openings']

export function figureOf(cell: FederalCell, measure: Measure) {
  return cell.figures.find((figure) => figure.measure === measure)
}

export function valueOf(cell: FederalCell, measure: Measure, t: TFunction<'common'>): string {
  const figure = figureOf(cell, measure)
  if (!figure) return t('federation:value.none')
  return figure.value === null ? t('federation:value.withheld') : number(figure.value)
}
