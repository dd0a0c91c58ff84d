import { afterEach, describe, expect, it } from 'vitest'

import { childAddress, isWhole, keepChildCode, keptChildCode, readCode, showCode } from './childCode'

describe('readCode', () => {
  it.each([
    ['ABCD-EFGH', 'ABCDEFGH'],
    ['abcd efgh', 'ABCDEFGH'],
    [' ab-cd\u00a0ef\u2011gh ', 'ABCDEFGH'],
    // A Russian keyboard: the same shapes, capital and small.
    ['\u0410\u0412\u0415\u041A-\u041C\u041D\u0420\u0421', 'ABEKMHPC'],
    ['\u0442\u0443\u0445\u0437 \u0430\u0432\u0435\u043A', 'TYX3ABEK'],
    // What no code has, for it looks like something else.
    ['0O1IL', ''],
    ['\u0416\u0416\u0416', ''],
    ['ABCDEFGHJKM', 'ABCDEFGH'],
    ['', ''],
  ])('%j is %j', (typed, code) => expect(readCode(typed)).toBe(code))

  it('takes what it shows back as the same code', () => {
    for (const code of ['', 'A', 'ABCD', 'ABCDE', 'ABCDEFGH']) expect(readCode(showCode(code))).toBe(code)
    expect(showCode('ABCDEFGH')).toBe('ABCD-EFGH')
    expect([isWhole('ABCDEFG'), isWhole('ABCDEFGH')]).toEqual([false, true])
  })
})

describe('keepChildCode', () => {
  afterEach(() => window.history.replaceState(null, '', '/'))

  it('takes the code off the address of its own page only', () => {
    window.history.replaceState(null, '', '/diary#abcd-efgh')
    keepChildCode()
    expect([keptChildCode(), window.location.hash]).toEqual(['', '#abcd-efgh'])
    window.history.replaceState(null, '', new URL(childAddress('abcd-efgh')).pathname + '#abcd-efgh')
    keepChildCode()
    expect([keptChildCode(), window.location.hash]).toEqual(['ABCDEFGH', ''])
  })
})
