/** The scrub in an engine: a file that somebody changed is healed from a backend, and told. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Kit, runProgram } from '../support/cli.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

interface Status {
  readonly scrub: {
    readonly hashed_since: string | null
    readonly healed_blocks: number
    readonly damaged_blocks: number
  }
}

t.test(
  'threats 49: what was changed under a mount is never read, and healed from a backend',
  { ...skipWithoutMount, timeout: 180_000 },
  async (t) => {
    const folder = tempFolder(t, 'scrub')
    const backend = join(folder, 'backend')
    mkdirSync(backend)
    const kit = new Kit(join(folder, 'home'))
    const bytes = Buffer.alloc(3_000_000)
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE((i * 2654435761) >>> 0, i)
    writeFileSync(join(folder, 'file'), bytes)
    const cid = await kit.add(join(folder, 'file'))
    await kit.ok('car', 'export', cid, '-o', join(backend, 'file.car'))
    await kit.ok('config', 'set', 'store.scrub_rate', '1GB')
    const path = await mounted(t, kit, folder)
    const files = join(kit.home, 'blocks', 'files')
    const [name = ''] = readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((one) => one.includes('/')) // prettier-ignore
    const whole = readFileSync(join(files, name))
    whole[1_200_000]! ^= 1
    writeFileSync(join(files, name), whole)
    const seen = join(path, 'ipfs', cid)
    const read = await runProgram('cat', [seen])
    t.equal(read.code, 1)
    t.match(read.stderr, /Input\/output error/)
    t.ok(bytes.subarray(0, read.stdout.length).equals(read.stdout), 'up to there it is right')
    const attribute = 'import os, sys; print(os.getxattr(sys.argv[1], "user.ipfs_kit.verified").decode())' // prettier-ignore
    const { stdout } = await runProgram('python3', ['-c', attribute, seen])
    t.equal(stdout.toString(), 'at each read\n')
    await kit.ok('backend', 'add', 'disk', '--type', 'filesystem', '--path', backend)
    const healed = async (): Promise<boolean> => (await kit.json<Status>('status')).scrub.healed_blocks > 0 // prettier-ignore
    while (!(await healed())) await delay(1000)
    t.ok((await runProgram('cat', [seen])).stdout.equals(bytes), 'read through the mount again')
    t.match(await kit.ok('metrics'), /ipfs_kit_scrub_healed_total [1-9]/)
    t.match(await kit.ok('status'), /scrub: .*0 blocks damaged, [1-9]\d* healed/)
    t.match(await kit.ok('fsck', '--read-data'), '0 bad')
  }
)
