import type { Article } from '../../../scripts/help'

/** Articles in which every word of the query occurs, whatever its case; letters with a mark above count as those without. */
export function matching(articles: Article[], query: string): Article[] {
  const words = plain(query).split(/\s+/).filter(Boolean)
  return articles.filter((article) => {
    const text = plain(`${article.title} ${article.summary} ${article.html.replace(/<[^>]+>/g, ' ')}`)
    return words.every((word) => text.includes(word))
  })
}

const plain = (text: string) => text.toLocaleLowerCase('ru').normalize('NFD').replace(/\p{M}/gu, '')
