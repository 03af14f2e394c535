/** Copies of a version on a backend: an archive with its history, healed, and a dataset again elsewhere. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.test('a version is copied to a backend and healed from it', { timeout: 120_000 }, async (t) => {
  const folder = tempFolder(t, 'dataset-copies')
  const kit = new Kit(join(folder, 'home'), { cwd: folder })
  const nas = join(folder, 'nas')
  mkdirSync(nas)
  await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', nas)
  const rows = (count: number): string => ['id,name', ...Array.from({ length: count }, (_, i) => `${i},thing ${i % 97}`)].join('\n') + '\n' // prettier-ignore
  for (const count of [9000, 9100]) {
    writeFileSync(join(folder, 'a.csv'), rows(count))
    await kit.ok('dataset', 'put', 'a', 'a.csv')
  }
  const { cid } = await kit.json<{ cid: string }>('dataset', 'show', 'a', '--json')
  await kit.ok('pin', 'add', cid, '--backend', 'nas')
  const archive = join(nas, 'cars', `${cid}.car`)
  t.ok(existsSync(archive))
  const named = async () => (await kit.json<{ pins: object[] }>('pin', 'ls', '--backend', 'nas')).pins // prettier-ignore
  t.match(await named(), [{ cid, name: 'a@v2' }], 'a copy has the name of its pin')
  t.match(await kit.ok('pin', 'ls', '--backend', 'nas', '--name', 'a@*'), /a@v2/)

  const other = new Kit(join(folder, 'other'), { cwd: folder })
  await other.ok('car', 'import', archive)
  await other.ok('dataset', 'adopt', 'a', cid)
  t.equal(await other.ok('dataset', 'get', 'a', '--format', 'csv'), rows(9100).trimEnd())
  t.match(await other.json('dataset', 'log', 'a', '--json'), { versions: [{ rows: 9100 }, { rows: 9000 }] }) // prettier-ignore

  rmSync(archive)
  t.equal((await kit.run(['pin', 'verify'])).code, 3)
  await kit.ok('pin', 'heal')
  t.ok(existsSync(archive), 'the copy is there again')
  const healed = new Kit(join(folder, 'healed'))
  t.match(await healed.json('car', 'import', archive, '--json'), { missing: 0 })
})
