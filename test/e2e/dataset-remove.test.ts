/** Datasets that are removed: what others still have stays, and no number is given again. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

const folder = tempFolder(t, 'dataset-remove')
writeFileSync(join(folder, 'a.csv'), 'id\n1\n')
const newKit = (name: string): Kit => new Kit(join(folder, name), { cwd: folder })

const put = async (kit: Kit, name: string): Promise<{ cid: string; version: number }> =>
  await kit.json('dataset', 'put', name, 'a.csv', '--json')

const pinNames = async (kit: Kit): Promise<string[]> =>
  (await kit.json<{ pins: { name: string }[] }>('pin', 'ls', '--json')).pins.map(({ name }) => name)

t.test('a version that another dataset has, too, is kept until both let go of it', async (t) => {
  for (const first of ['a', 'b']) {
    const kit = newKit(`shared-${first}`)
    const { cid } = await put(kit, 'a')
    await kit.ok('dataset', 'adopt', 'b', cid)
    await kit.ok('dataset', 'rm', first)
    await kit.ok('gc')
    const other = first === 'a' ? 'b' : 'a'
    t.equal(await kit.ok('dataset', 'get', other, '--format', 'csv'), 'id\n1')
    t.same(await pinNames(kit), [`${other}@v1`])
    await kit.ok('dataset', 'rm', other)
    t.same(await pinNames(kit), [])
  }
})

t.test('a pin of a user stays', async (t) => {
  const kit = newKit('mine')
  const { cid } = await put(kit, 'a')
  await kit.ok('dataset', 'rm', 'a')
  await kit.ok('pin', 'add', cid, '--name', 'mine')
  await kit.ok('dataset', 'adopt', 'b', cid)
  await kit.ok('dataset', 'rm', 'b')
  t.same(await pinNames(kit), ['mine'])
})

t.test('nothing is removed while the record of another dataset cannot be read', async (t) => {
  const kit = newKit('damaged')
  await put(kit, 'a')
  const damaged = join(folder, 'damaged', 'datasets', 'c.json')
  writeFileSync(damaged, '{')
  t.match(await kit.json('dataset', 'rm', 'a', '--json'), { code: 'CORRUPT_FORMAT', error: /c\.json/ }) // prettier-ignore
  rmSync(damaged)
  t.match(await kit.json('dataset', 'show', 'a', '--json'), { version: 1 })
  t.same(await pinNames(kit), ['a@v1'])
})

t.test('a number of a version is not given again when a dataset is made anew', async (t) => {
  const kit = newKit('numbers')
  t.match(await put(kit, 'a'), { version: 1 })
  await kit.ok('dataset', 'rm', 'a')
  t.match(await kit.json('dataset', 'ls', '--json'), { datasets: [] })
  t.match(await kit.json('dataset', 'rm', 'a', '--json'), { code: 'PATH_NOT_FOUND' })
  t.match(await put(kit, 'a'), { version: 2 })
  await kit.ok('dataset', 'rm', 'a')
  t.match(await put(kit, 'a'), { version: 3 })
})
