/** Reads of content that is here count as accesses: through a mount, by each driver, over HTTP, and by commands. */
import { writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

for (const driver of ['raw', 'fuse-native'])
  t.test(
    `opens are counted, by the driver ${driver}`,
    { ...skipWithoutMount, timeout: 120_000 },
    async (t) => {
      const folder = tempFolder(t, 'accesses')
      const kit = new Kit(join(folder, 'home'))
      writeFileSync(join(folder, 'small'), 'a small file')
      writeFileSync(join(folder, 'large'), Buffer.alloc(3 << 20, 1))
      const [small, large] = [await kit.add(join(folder, 'small')), await kit.add(join(folder, 'large'))] // prettier-ignore
      const at = join(await mounted(t, kit, folder, '--driver', driver), 'ipfs')
      for (let i = 0; i < 3; i++) await sh('cat "$1" > /dev/null', join(at, large))
      await sh('cat "$1" > /dev/null', join(at, small))
      const call = request({ socketPath: join(kit.home, 'run', 'socket'), path: `/ipfs/${small}`, agent: false }) // prettier-ignore
      call.end()
      const [answer] = await once(call, 'response')
      answer.resume()
      await once(answer, 'end')
      await kit.ok('unmount', join(folder, 'mnt'))
      const count = async (cid: string): Promise<number> =>
      (await kit.json<{ records: { access_count: number }[] }>('metadata', 'query', `cid == '${cid}'`)).records[0]!.access_count // prettier-ignore
      // Where the kernel asks for no opens, it reads a file once, and keeps its pages.
      const ofLarge = await count(large)
      t.ok(ofLarge >= 1 && ofLarge <= 3, `${ofLarge} of 3`)
      t.ok((await count(small)) >= 2, 'by the mount and over HTTP')
    }
  )

t.test('reads by commands are counted, with an engine and without', async (t) => {
  const folder = tempFolder(t, 'accesses-commands')
  const kit = new Kit(join(folder, 'home'))
  t.teardown(() => kit.run(['daemon', 'stop']))
  writeFileSync(join(folder, 'file'), 'a file')
  const cid = await kit.add(join(folder, 'file'))
  const read = async () => {
    const { records } = await kit.json<{ records: { access_count: number; last_accessed: string | null }[] }>('metadata', 'query', `cid == '${cid}'`) // prettier-ignore
    return records[0]!
  }
  t.match(await read(), { access_count: 0, last_accessed: null })
  await kit.ok('cat', cid)
  await kit.ok('get', cid, '-o', join(folder, 'out'))
  const after = await read()
  t.match(after, { access_count: 2, last_accessed: String })
  await kit.ok('daemon', 'start')
  await kit.ok('cat', cid)
  t.equal((await read()).access_count, 3)
  for (const path of [`/ipfs/${cid}`, `/api/v1/download?path=${cid}`]) {
    const call = request({ socketPath: join(kit.home, 'run', 'socket'), path, agent: false })
    call.end()
    const [answer] = (await once(call, 'response')) as [IncomingMessage]
    t.equal(answer.statusCode, 200, path)
    answer.resume()
    await once(answer, 'end')
  }
  await kit.ok('daemon', 'stop')
  t.equal((await read()).access_count, 5)
})
