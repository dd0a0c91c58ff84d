/** Which text belongs to the code of a refused sign-in; many codes of Госуслуги about consents share one. */
const CONSENTS = /^ESIA-0367\d\d$/

export function textOf(code: string, exists: (key: string) => boolean): string {
  const key = CONSENTS.test(code) ? 'ESIA-0367' : code.replace('.', '_')
  return exists(`refusal:code.${key}.title`) ? key : 'UNKNOWN'
}
