/** Versions of Node.js that are too old: one sentence, before anything is loaded that they lack. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nodeProblem } from '../../src/core/node-version.js'
import { ROOT } from '../support/paths.js'

t.test('a version that lacks what is used is told from one that has it', async (t) => {
  for (const version of ['16.20.2', '18.20.8', '20.14.0', '21.7.3', '22.1.0', '22.0.0'])
    t.match(
      nodeProblem(version),
      new RegExp(`^ipfs-kit needs Node.js 20.*, and this is ${version}$`)
    )
  for (const version of ['20.15.0', '20.20.2', '22.2.0', '22.12.0', '23.0.0', '24.1.0', '26.0.0'])
    t.equal(nodeProblem(version), undefined, version)
  t.equal(nodeProblem(), undefined, 'this one runs it')
})

t.test('what the program loads before it looks runs on any version', async (t) => {
  const importsOf = (file: string): string[] =>
    [...readFileSync(join(ROOT, 'src', file), 'utf8').matchAll(/^import [^\n]* from '([^']+)'/gm)].map(([, name]) => name!) // prettier-ignore
  const own = importsOf('main.ts').filter((name) => !name.startsWith('node:'))
  t.same(own, ['./core/node-version.js'])
  t.same(importsOf('core/node-version.ts'), [])
})
