/** Builds the worker that keeps the page: one more chunk, told at the end of the build which files belong to this version. */
import { createHash } from 'node:crypto'

import type { Plugin } from 'vite'

const KEPT = /^assets\/.*\.(js|css|woff2|svg)$/

export function shellWorker(): Plugin {
  return {
    name: 'myschool:shell-worker',
    apply: 'build',
    enforce: 'post',
    buildStart() {
      this.emitFile({ type: 'chunk', id: 'src/sw/worker.ts', fileName: 'sw.js' })
    },
    generateBundle(_, bundle) {
      const worker = bundle['sw.js']
      const page = bundle['index.html']
      if (worker?.type !== 'chunk' || page?.type !== 'asset') throw new Error('the build has no page or no worker')
      const files = Object.keys(bundle).filter((name) => KEPT.test(name)).map((name) => `/${name}`).sort()
      const version = createHash('sha256').update(files.join()).update(page.source).digest('hex').slice(0, 16)
      worker.code = `var __SHELL__=${JSON.stringify({ version, files: [...files, '/mark.svg'] })};${worker.code}`
    },
  }
}
