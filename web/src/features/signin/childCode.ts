/** How a child's code is read while it is typed, and where one that came with the address waits. */

export const CODE_LENGTH = 8
const HALF = CODE_LENGTH / 2
const SIGNS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
/** Capital letters of a Russian keyboard by the Latin sign of the same shape, as identity reads them too. */
const SAME_SHAPE: Record<string, string> = {
  '\u0410': 'A',
  '\u0412': 'B',
  '\u0415': 'E',
  '\u041A': 'K',
  '\u041C': 'M',
  '\u041D': 'H',
  '\u0420': 'P',
  '\u0421': 'C',
  '\u0422': 'T',
  '\u0423': 'Y',
  '\u0425': 'X',
  '\u0417': '3',
}

/** The signs of a code among what was typed, at most eight; everything else is left out. */
export function readCode(typed: string): string {
  const signs = Array.from(typed.toUpperCase(), (sign) => SAME_SHAPE[sign] ?? sign)
  return signs
    .filter((sign) => SIGNS.includes(sign))
    .slice(0, CODE_LENGTH)
    .join('')
}

/** «ABCD-EFGH», and what is there of it so far. */
export function showCode(code: string): string {
  return code.length > HALF ? `${code.slice(0, HALF)}-${code.slice(HALF)}` : code
}

export const isWhole = (code: string) => code.length === CODE_LENGTH

export const CHILD_PATH = '/signin/child'

/** The address a phone's camera opens; what stands behind the «#» no server sees. */
export const childAddress = (code: string) => `${window.location.origin}${CHILD_PATH}#${code}`

let kept = ''

/** Takes the code off the address before any redirect or history copies it. */
export function keepChildCode(): void {
  const { pathname, search, hash } = window.location
  if (pathname !== CHILD_PATH || hash.length < 2) return
  kept = readCode(hash.slice(1))
  window.history.replaceState(window.history.state, '', pathname + search)
}

export const keptChildCode = () => kept
