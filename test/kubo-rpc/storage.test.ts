/** What programs of the former ipfs-kit ask for beside Kubo's commands: the cluster, tiers, and moving between them. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tempFolder } from '../support/temp.js'
import { rpc, startEngine, type Answer } from './rpc.js'

t.setTimeout(120_000)

const NOWHERE = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const json = ({ status, text }: Answer): Record<string, unknown> => {
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return JSON.parse(text) as Record<string, unknown>
}

t.test('cluster and storage', async (t) => {
  const folder = tempFolder(t, 'kubo-storage')
  const kit = await startEngine(t, folder)
  const ask = async (command: string): Promise<Record<string, unknown>> => json(await rpc(kit, command)) // prettier-ignore
  for (const name of ['near', 'far']) {
    mkdirSync(join(folder, name))
    await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, name))
  }
  const archives = (name: string): string[] =>
    readdirSync(join(folder, name), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.car')) // prettier-ignore
  writeFileSync(join(folder, 'file'), 'moved about')
  const cid = await kit.add(join(folder, 'file'))

  const { ID } = await ask('id')
  t.match(await ask('cluster/peers'), { success: true, peers: [{ id: ID, name: 'local' }, { name: 'far', type: 'filesystem' }, { name: 'near' }] }) // prettier-ignore
  t.match(await ask('storage/tiers'), { success: true, backends: [{ name: 'far' }, { name: 'near' }] }) // prettier-ignore

  t.match(await ask(`cluster/pin?arg=${cid}&name=mine&backend=near`), { success: true, cid, copies: [{ backend: 'near', status: 'stored' }] }) // prettier-ignore
  t.equal(archives('near').length, 1)
  t.match(await ask(`cluster/status?arg=${cid}`), { cid, copies: [{ backend: 'near', status: 'stored' }] }) // prettier-ignore

  t.match(await ask(`storage/migrate?arg=${cid}&to=far&from=near`), { success: true, to: 'far', from: 'near', copies: [{ status: 'stored' }] }) // prettier-ignore
  t.same([archives('near').length, archives('far').length], [0, 1])
  t.match(await ask(`cluster/status?arg=/ipfs/${cid}`), { copies: [{ backend: 'far' }] })
  t.match(await ask(`storage/migrate?cid=${cid}&source_tier=far&target_tier=local`), { to: 'local', from: 'far' }) // prettier-ignore
  t.same(archives('far'), [])
  t.equal((await rpc(kit, `cat?arg=${cid}`)).text, 'moved about')
  t.match(await kit.json('pin', 'ls'), { pins: [{ cid, name: 'mine' }] })

  t.test('what cannot be done changes nothing', async (t) => {
    const refused = async (command: string, message: RegExp): Promise<void> => {
      const { status, text } = await rpc(kit, command)
      t.ok(status >= 400 && status !== 404, `${command}: ${status}`)
      t.match(JSON.parse(text), { Type: 'error', Message: message }, command)
    }
    await ask(`cluster/pin?arg=${cid}&backend=near`)
    await refused(`storage/migrate?arg=${cid}`, /argument "to" is required/)
    await refused(`storage/migrate?arg=${cid}&to=nowhere&from=near`, /nowhere/)
    await refused(`storage/migrate?arg=${NOWHERE}&to=far&from=near`, /could not find|not found/)
    await refused('storage/migrate?arg=nonsense&to=far', /invalid path "nonsense"/)
    await refused(`cluster/pin?arg=${cid}&backend=nowhere`, /nowhere/)
    await refused(`cluster/status?arg=${NOWHERE}`, /./)
    await refused('cluster/status', /argument "cid" is required/)
    t.same([archives('near').length, archives('far').length], [1, 0])
    for (const command of ['cluster/peers', 'storage/tiers', `storage/migrate?arg=${cid}&to=far`])
      t.equal((await rpc(kit, command, { method: 'GET' })).status, 405)
  })
})
