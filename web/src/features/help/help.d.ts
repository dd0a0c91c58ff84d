declare module 'virtual:help' {
  const articles: import('../../../scripts/help').Article[]
  export default articles
}
