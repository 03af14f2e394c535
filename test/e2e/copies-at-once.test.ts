/** Work on the same copies at the same time: what the policy asks for is left, and what was removed stays so. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

t.setTimeout(180_000)

interface Stage {
  readonly folder: string
  readonly kit: Kit
  readonly cids: readonly string[]
  readonly archive: (backend: string, cid: string) => string
}

/** A home with pins that lie on two backends each. */
async function stage(t: Test, count: number, ...options: string[]): Promise<Stage> {
  const folder = tempFolder(t, 'at-once')
  const kit = new Kit(join(folder, 'home'))
  const cids: string[] = []
  mkdirSync(join(folder, 'source'))
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `source/${i}`), `file ${i}`)
  const files = Array.from({ length: count }, (_, i) => join(folder, `source/${i}`))
  cids.push(...(await kit.ok('add', '-Q', ...files)).split('\n'))
  for (const name of ['b1', 'b2']) {
    mkdirSync(join(folder, name))
    await kit.ok('backend', 'add', name, '--type', 'filesystem', '--path', join(folder, name), ...options) // prettier-ignore
  }
  await kit.ok('config', 'set', 'pins.replicas', '1')
  await kit.ok('pin', 'add', ...cids, '--backend', 'b1,b2')
  const archive = (backend: string, cid: string): string => join(folder, backend, 'cars', `${cid}.car`) // prettier-ignore
  return { folder, kit, cids, archive }
}

t.test('threats 143: two backends are drained at once, and each pin keeps a copy', async (t) => {
  const { kit, cids, archive } = await stage(t, 60, '--trust', 'trusted')
  t.teardown(() => kit.run(['daemon', 'stop']))
  await kit.ok('daemon', 'start')
  const drains = await Promise.all(['b1', 'b2'].map((name) => kit.run(['backend', 'drain', name])))
  const lost = cids.filter((cid) => !['b1', 'b2'].some((name) => existsSync(archive(name, cid))))
  t.same(lost, [])
  const refused = drains.filter(({ code }) => code !== 0)
  for (const { stderr } of refused) t.match(stderr, /stays on b[12]: 0 of the 1 copies/)
  // Where one had ended before the other began, that one moved all copies back.
  if (refused.length === 0) t.equal(new Set(cids.map((cid) => existsSync(archive('b1', cid)))).size, 1) // prettier-ignore
  const { pins } = await kit.json<{ pins: { status: string }[] }>('pin', 'ls', '--backend', 'all')
  t.same([pins.length, ...new Set(pins.map(({ status }) => status))], [cids.length, 'stored'])
})

t.test(
  'threats 144: a removal that failed is not made up for once the other copy is lost',
  async (t) => {
    const { folder, kit, cids, archive } = await stage(t, 1)
    const [cid] = cids as [string]
    await kit.ok('pin', 'rm', cid)
    await kit.ok('gc')
    const away = join(folder, 'away')
    renameSync(join(folder, 'b1'), away)
    t.not((await kit.run(['pin', 'rm', cid, '--backend', 'b1'])).code, 0)
    renameSync(away, join(folder, 'b1'))
    rmSync(archive('b2', cid))
    const healed = await kit.run(['pin', 'heal'])
    t.equal(healed.code, 0, healed.stderr)
    t.ok(existsSync(archive('b2', cid)), 'what is lost is stored again first')
    t.notOk(existsSync(archive('b1', cid)), 'and then the other one goes')
    await kit.ok('pin', 'verify', '--read-data')
    // What was forced goes in any case.
    renameSync(join(folder, 'b2'), away)
    t.not((await kit.run(['pin', 'rm', cid, '--backend', 'b2', '--force'])).code, 0)
    renameSync(away, join(folder, 'b2'))
    await kit.ok('pin', 'heal')
    t.notOk(existsSync(archive('b2', cid)))
  }
)
