/** The client for TypeScript over a real engine, and its types against the schemas. */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createClient } from '../../src/client/index.js'
import { Kit } from '../support/cli.js'
import { ROOT } from '../support/paths.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(120_000)

t.test('types and answers of an engine', async (t) => {
  const folder = tempFolder(t, 'client')
  const kit = new Kit(join(folder, 'home'), { env: { IPFS_KIT_SERVICE_LISTEN: '127.0.0.1:0' } })
  t.teardown(() => kit.run(['daemon', 'stop']))
  const { ports } = await kit.json<{ ports: { url: string }[] }>('daemon', 'start')
  const { url } = ports[0]!
  const token = readFileSync(join(kit.home, 'run', 'token'), 'utf8').trim()
  const client = createClient({ url, token })

  const uploaded = await client.POST('/api/v1/datasets/upload', {
    params: { query: { name: 'cities', format: 'csv' } },
    body: 'city,people\nBern,134794\nBasel,177827\n',
    bodySerializer: (body) => body
  })
  t.equal(uploaded.error, undefined)
  const asked = await client.POST('/api/v1/query', { body: { sql: 'SELECT max(people) AS most FROM cities' } }) // prettier-ignore
  t.same(asked.data?.['rows'], [[177827]])
  const shown = await client.GET('/api/v1/datasets/{ref}', { params: { path: { ref: 'cities@v1' } } }) // prettier-ignore
  t.equal(shown.data?.['rows'], 2)
  const listed = await client.GET('/api/v1/pins', { params: { query: { limit: 1 } } })
  t.ok(listed.data?.pins[0]?.cid)

  const missing = await client.GET('/api/v1/datasets/{ref}', { params: { path: { ref: 'none' } } })
  t.match(missing.error, { code: 'PATH_NOT_FOUND', status: 404, recoverable: false })
  const stranger = await createClient({ url }).GET('/api/v1/status')
  t.match(stranger.error, { status: 401, code: 'CREDENTIALS' })
})

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ipfs-kit')
const ready = existsSync(join(CACHE, 'schemathesis-1', 'ready'))

t.test(
  'the types are those of the schemas',
  ready ? {} : { skip: 'the tools for the API could not be had; see .ci/api-tools' },
  async (t) => {
    const made = (await import(join(ROOT, '.ci/client.mjs'))) as { clientTypes(): Promise<string> }
    const kept = readFileSync(join(ROOT, 'src/client/schema.ts'), 'utf8')
    t.ok((await made.clientTypes()) === kept, 'bring them up to date with `npm run client`')
  }
)
