import { existsSync, readdirSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

/** A component whose style sheet is missing is there and cannot be seen: the bar of a running export was so. */
test('every component of the library that a page uses has its style sheet', () => {
  const used = readdirSync('src', { recursive: true, encoding: 'utf-8' })
    .filter((path) => path.endsWith('.tsx'))
    .flatMap((path) =>
    [...readFileSync(`src/${path}`, 'utf-8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)].flatMap((found) =>
      (found[1] ?? '').split(',').map((name) => name.trim()),
    ),
  )
  const styled = [...new Set(used)].filter((name) => /^[A-Z]/.test(name) && existsSync(`node_modules/@mantine/core/styles/${name}.css`))
  const loaded = readFileSync('src/theme/mantine.css', 'utf-8')
  expect(styled).toContain('Progress')
  expect(styled.filter((name) => !loaded.includes(`styles/${name}.css`))).toEqual([])
})
