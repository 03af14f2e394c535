/** Files that a later version of this program wrote: commands exit with 3, say what to do, and change nothing. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import * as dagCbor from '@ipld/dag-cbor'
import { CarBufferWriter } from '@ipld/car'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import t, { type Test } from 'tap'
import { Kit } from '../support/cli.js'
import { tempFolder } from '../support/temp.js'

interface Stage {
  readonly kit: Kit
  readonly root: string
}

/** A home with a pin, a backend that has a copy of it, and so a log and mappings. */
async function stage(t: Test): Promise<Stage> {
  const folder = tempFolder(t, 'newer')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'nas'))
  writeFileSync(join(folder, 'file'), 'content')
  const root = await kit.add(join(folder, 'file'))
  await kit.ok('backend', 'add', 'nas', '--type', 'filesystem', '--path', join(folder, 'nas'))
  await kit.ok('pin', 'add', root, '--backend', 'nas')
  return { kit, root }
}

/** Expects that commands refuse a file, and leave its bytes as they are. */
async function refuses(t: Test, kit: Kit, path: string, ...commands: (readonly string[])[]) {
  const before = readFileSync(path)
  for (const args of commands) {
    const { code, stderr } = await kit.run(args)
    t.equal(code, 3, args.join(' '))
    t.match(stderr, /newer than this program, which changes nothing of it; upgrade ipfs-kit/)
  }
  t.match(await kit.json(...commands[0]!), { success: false, code: 'NEWER_FORMAT' })
  t.ok(readFileSync(path).equals(before))
}

t.test('threats 81: the log', { timeout: 120_000 }, async (t) => {
  const { kit, root } = await stage(t)
  const wal = join(kit.home, 'wal')
  const segment = join(
    wal,
    readdirSync(wal).find((name) => /^wal-.*\.log$/.test(name))!
  )
  const bytes = readFileSync(segment)
  bytes.writeUInt32LE(2, 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
  writeFileSync(segment, bytes)
  await refuses(t, kit, segment, ['wal', 'ls'], ['pin', 'add', root, '--backend', 'nas'], ['pin', 'ls', '--backend', 'all'], ['pin', 'whereis', root], ['daemon', 'intelligent', 'health']) // prettier-ignore
})

t.test('threats 50: the store', { timeout: 120_000 }, async (t) => {
  const { kit, root } = await stage(t)
  const manifest = join(kit.home, 'blocks', 'MANIFEST')
  const body = readFileSync(manifest, 'utf8').split('\n')[0]!.replace('"version":1', '"version":2')
  writeFileSync(manifest, `${body}\n${crc32(body).toString(16).padStart(8, '0')}\n`)
  await refuses(t, kit, manifest, ['stat', root], ['cat', root], ['add', manifest], ['gc'], ['fsck'], ['fsck', '--repair']) // prettier-ignore
})

t.test('threats 102: the mappings', { timeout: 120_000 }, async (t) => {
  const { kit } = await stage(t)
  const folder = join(kit.home, 'backends', 'nas')
  const block = dagCbor.encode({ format: 'pin_mappings_car', version: '2.0', whatever: [] })
  const cid = CID.createV1(dagCbor.code, await sha256.digest(block))
  const writer = CarBufferWriter.createWriter(new ArrayBuffer(1000), { roots: [cid] })
  writer.write({ cid, bytes: block })
  writeFileSync(join(folder, 'pin_mappings.car'), writer.close({ resize: true }))
  rmSync(join(folder, 'pin_mappings.table'))
  await refuses(t, kit, join(folder, 'pin_mappings.car'), ['pin', 'ls', '--backend', 'nas'], ['backend', 'migrate-pin-mappings', '--verify-only'], ['backend', 'migrate-pin-mappings']) // prettier-ignore
})
