/** Looking before freeing: what gc would remove, what the cache holds, and removing a DAG from it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface GcAnswer {
  readonly removed_blocks: number
  readonly freed_bytes: number
  readonly kept_blocks: number
  readonly dry_run: boolean
}

t.test(
  'gc --dry-run tells what gc then does, with an engine and without',
  { timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'upkeep')
    const kit = new Kit(join(folder, 'home'))
    const file = (name: string, bytes: number, fill: string): string => {
      writeFileSync(join(folder, name), Buffer.alloc(bytes, fill))
      return join(folder, name)
    }
    const kept = await kit.add(file('kept', 3 << 20, 'k'))
    for (const engine of [false, true]) {
      for (const [name, bytes] of [
        ['large', 5 << 20],
        ['small', 1000],
        ['other', 70_000]
      ] as const)
        await kit.ok('pin', 'rm', await kit.add(file(name, bytes, name)))
      if (engine) {
        t.teardown(() => kit.run(['daemon', 'stop']))
        await kit.ok('daemon', 'start')
      }
      const survey = await kit.json<GcAnswer>('gc', '--dry-run')
      t.ok(survey.dry_run)
      t.match(await kit.ok('gc', '--dry-run'), new RegExp(`^would remove ${survey.removed_blocks} blocks, free .* MiB; ${survey.kept_blocks} blocks kept$`)) // prettier-ignore
      t.same(await kit.json<GcAnswer>('gc', '--dry-run').then(({ removed_blocks }) => removed_blocks), survey.removed_blocks, 'nothing went') // prettier-ignore
      t.match(await kit.json('fsck'), { bad: [], missing: [] })
      const done = await kit.json<GcAnswer>('gc')
      t.notOk(done.dry_run)
      t.equal(survey.removed_blocks, done.removed_blocks)
      t.equal(survey.kept_blocks, done.kept_blocks)
      t.ok(done.removed_blocks >= 3)
      t.ok(Math.abs(survey.freed_bytes - done.freed_bytes) < 0.01 * done.freed_bytes, `${survey.freed_bytes} and ${done.freed_bytes}`) // prettier-ignore
      t.match(await kit.json('gc', '--dry-run'), { removed_blocks: 0, freed_bytes: 0 })
    }
    t.equal((await kit.bytes('cat', kept)).length, 3 << 20)
  }
)

interface Listing {
  readonly blocks: readonly { readonly cid: string; readonly size: number; readonly tier: string; readonly backend: string }[] // prettier-ignore
  readonly total: number
}

t.test(
  'cache ls lists what was fetched; cache evict --recursive removes a DAG',
  { timeout: 120_000 },
  async (t) => {
    const folder = tempFolder(t, 'upkeep')
    const far = new Kit(join(folder, 'far'))
    const kit = new Kit(join(folder, 'home'))
    const archives = join(folder, 'archives')
    mkdirSync(archives)
    const add = async (name: string): Promise<string> => {
      const tree = join(folder, name)
      mkdirSync(join(tree, 'sub'), { recursive: true })
      writeFileSync(join(tree, 'a'), `${name} a`)
      writeFileSync(join(tree, 'sub', 'large'), Buffer.alloc(3 << 20, name))
      const cid = await far.add(tree)
      await far.ok('car', 'export', cid, '-o', join(archives, `${name}.car`))
      return cid
    }
    const [one, two] = [await add('one'), await add('two')]
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', archives)
    t.same((await kit.json<Listing>('cache', 'ls')).blocks, [])
    for (const engine of [false, true]) {
      if (engine) {
        t.teardown(() => kit.run(['daemon', 'stop']))
        await kit.ok('daemon', 'start')
      }
      await kit.ok('cache', 'warm', one, two)
      const { blocks, total } = await kit.json<Listing>('cache', 'ls')
      t.equal(blocks.length, total)
      const root = blocks.find(({ cid }) => cid === one)
      t.match(root, { tier: 'disk', backend: 'disk' })
      t.ok((root?.size ?? 0) > 50)
      t.match(await kit.ok('cache', 'ls'), new RegExp(`^${one} +\\d+ B +disk +\\d+ +disk$`, 'm'))
      t.equal((await kit.ok('cache', 'ls', '-q', '--limit', '2')).split('\n').length, 2)
      t.match(await kit.run(['cache', 'ls', '--limit', '2']), { stderr: new RegExp(`2 of ${total} blocks`) }) // prettier-ignore
      const { evicted } = await kit.json<{ evicted: number }>('cache', 'evict', '--recursive', one)
      const left = await kit.json<Listing>('cache', 'ls')
      t.equal(left.total, total - evicted)
      t.equal(evicted, total / 2, 'each of the two trees has as many blocks')
      t.notOk(left.blocks.some(({ cid }) => cid === one))
      t.equal((await kit.bytes('cat', '--offline', `${two}/sub/large`)).length, 3 << 20, 'the other is whole') // prettier-ignore
      t.not((await kit.run(['cat', '--offline', `${one}/a`])).code, 0)
      t.match(await kit.json('cache', 'evict', '-r', one), { evicted: 0 })
      t.equal((await kit.bytes('cat', `${one}/sub/large`)).length, 3 << 20, 'it comes again')
      t.equal((await kit.run(['cache', 'evict', '-r', 'nonsense'])).code, 2)
    }
  }
)
