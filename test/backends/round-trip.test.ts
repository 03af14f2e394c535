/** Trying a backend takes each step that it offers, and leaves nothing behind. */
import t from 'tap'
import type { Backend } from '../../backends/backend.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import { KuboBackend } from '../../backends/kubo/backend.js'
import { kuboOptions } from '../../backends/kubo/options.js'
import { roundTrip } from '../../backends/round-trip.js'
import { ReadOnly } from '../../backends/wrap/read-only.js'
import { Kubo, skipWithoutKubo } from '../servers/kubo.js'
import { tempFolder } from '../support/temp.js'

const { signal } = new AbortController()

async function stepsOf(backend: Backend): Promise<string[]> {
  const steps: string[] = []
  for (const [step, work] of roundTrip(backend, { signal })) {
    if ((await work()) !== undefined) steps.push(step)
  }
  return steps
}

t.test('a folder gets a block and a file', async (t) => {
  const folder = new FilesystemBackend('disk', tempFolder(t, 'disk'))
  t.teardown(() => folder.close())
  t.same(await stepsOf(folder), [
    'ask',
    'put',
    'get',
    'delete',
    'put file',
    'look at file',
    'range of file',
    'list files',
    'replace file',
    'remove file'
  ])
  t.same(await stepsOf(new ReadOnly(folder)), ['ask'])
})

t.test('Kubo gets a block, and a pin on it', skipWithoutKubo, async (t) => {
  const kubo = await Kubo.start(t, tempFolder(t, 'kubo'))
  const node = new KuboBackend('node', kuboOptions({ api: [kubo.apiUrl], network: ['off'] }))
  t.teardown(() => node.close())
  const before = await kubo.ipfs('refs', 'local')
  t.same(await stepsOf(node), ['ask', 'list pins', 'put', 'get', 'pin', 'unpin', 'delete'])
  t.same((await kubo.ipfs('refs', 'local')).split('\n').sort(), before.split('\n').sort())
})

t.test('a step that fails says so', async (t) => {
  const folder = new FilesystemBackend('disk', '/nowhere/at/all')
  const [[, ask]] = roundTrip(folder, { signal }) as [readonly [string, () => Promise<unknown>]]
  await t.rejects(ask(), { code: 'BACKEND_UNAVAILABLE' })
})
