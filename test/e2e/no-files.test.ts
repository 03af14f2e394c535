/** An engine whose repository and folder hold pipes and huge files of nothing where blocks should lie. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { blockPath, openBlockFolder } from '../../backends/flatfs.js'
import { Kit } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { NO_FILES } from '../support/no-files.js'
import { rawCid } from '../support/stores.js'
import { tempFolder } from '../support/temp.js'

t.test(
  'threats 55: what is no block is skipped, told in the log, and does not keep the engine',
  skipWithoutMount,
  async (t) => {
    const folder = tempFolder(t, 'no-files')
    const blocks = join(folder, 'repo', 'blocks')
    mkdirSync(blocks, { recursive: true })
    writeFileSync(join(blocks, 'SHARDING'), '/repo/flatfs/shard/v1/next-to-last/2\n')
    const place = (text: string): string => {
      const path = blockPath(openBlockFolder(blocks)!, rawCid(Buffer.from(text)))
      mkdirSync(dirname(path), { recursive: true })
      return path
    }
    await NO_FILES['a pipe']!(place('pipe'), t)
    await NO_FILES['a huge file of nothing']!(place('huge'), t)
    writeFileSync(place('sound'), 'sound')
    const kit = new Kit(join(folder, 'home'))
    // Nobody listens there: the repository is all there is of the node.
    await kit.ok('backend', 'add', 'node', '--type', 'kubo', '--repo', join(folder, 'repo'), '--api', 'http://127.0.0.1:1') // prettier-ignore
    const path = await mounted(t, kit, folder)
    const at = (text: string): string => join(path, 'ipfs', String(rawCid(Buffer.from(text))))
    for (let i = 0; i < 2; i++) {
      await t.rejects(readFile(at('pipe')))
      await t.rejects(readFile(at('huge')))
      t.equal(await readFile(at('sound'), 'utf8'), 'sound')
    }
    const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
    const engine = mounts.find((mount) => mount.path === path)!.pids[1]!
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${engine}/status`, 'utf8'))
    t.ok(Number(resident?.[1]) < 500_000, `${resident?.[1]} kB`)
    const run = join(kit.home, 'run')
    const log = readdirSync(run)
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(run, name), 'utf8'))
      .join('')
    t.match(log, /warn +backend node: .* is no file; it is skipped/)
    t.match(log, /warn +backend node: .* over \d+; it is skipped/)
    process.kill(engine, 'SIGTERM')
    const isThere = (): boolean => statSync(`/proc/${engine}`, { throwIfNoEntry: false }) !== undefined // prettier-ignore
    for (let i = 0; i < 500 && isThere(); i++) await delay(20)
    t.notOk(isThere(), 'it ends')
  }
)
