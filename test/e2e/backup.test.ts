/** Backup programs over a mount: by their own reports nothing differs, and nothing is new twice. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { borgIn, resticIn, sharingTheNewest } from '../support/backup.js'
import { Kit } from '../support/cli.js'
import { mounted, sh, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const FILES = 1500

interface Stage {
  readonly folder: string
  readonly source: string
  readonly root: string
  /** The tree at the mount. */
  readonly tree: string
  /** Unmount, and mount a home at the same path: the same one, or another with the same content. */
  readonly remount: (which: 'same' | 'other') => Promise<void>
}

async function stage(t: Test): Promise<Stage> {
  const folder = tempFolder(t, 'backup')
  const source = join(folder, 'source')
  for (let i = 0; i < FILES; i++) {
    const inner = join(source, `d${i % 30}`)
    mkdirSync(inner, { recursive: true })
    writeFileSync(join(inner, `file ${i}`), `content ${i}\n`.repeat(i % 60))
  }
  writeFileSync(join(source, 'big'), Buffer.alloc(3_000_000, 'big content'))
  symlinkSync('big', join(source, 'link'))
  const kit = new Kit(join(folder, 'home'))
  const root = await kit.add(source)
  const other = new Kit(join(folder, 'other'))
  await kit.ok('car', 'export', root, '-o', join(folder, 'root.car'))
  await other.ok('car', 'import', join(folder, 'root.car'))
  mkdirSync(join(folder, 'holders'))
  const path = await mounted(t, kit, folder)
  const device = await deviceOf(path)
  return {
    folder,
    source,
    root,
    tree: join(path, 'ipfs', root),
    remount: async (which) => {
      await kit.ok('unmount', path)
      const home = which === 'same' ? kit : other
      await home.ok('mount', path)
      await keepDevice(t, home, path, device, join(folder, 'holders'))
    }
  }
}

const deviceOf = async (path: string): Promise<number> => Number(await sh('stat -c %d "$1"', path))

/**
 * Mount again until the mount has a given device number, which restic keeps for each file. The
 * kernel gives the lowest that is free: one that another mount left meanwhile is taken up first.
 */
async function keepDevice(
  t: Test,
  kit: Kit,
  path: string,
  wanted: number,
  holders: string
): Promise<void> {
  for (let times = 0; times < 20; times++) {
    const device = await deviceOf(path)
    if (device === wanted) return
    await kit.ok('unmount', path)
    if (device < wanted) {
      const holder = mkdtempSync(join(holders, 'device-'))
      await sh('mount -t tmpfs -o size=4k none "$1"', holder)
      t.teardown(() => sh('umount "$1"', holder))
    } else await delay(500)
    await kit.ok('mount', path)
  }
  throw new Error(`device ${wanted} is somebody else's`)
}

t.test('backup software', { ...skipWithoutMount, timeout: 600_000 }, async (t) => {
  const { folder, source, tree, remount } = await stage(t)

  await t.test('rsync --checksum copies, and finds nothing to copy again', async (t) => {
    const copy = join(folder, 'copy')
    await sh('rsync -a --checksum "$1/" "$2"', tree, copy)
    await sh('diff -r "$1" "$2"', source, copy)
    t.equal(await sh('rsync -a --checksum --itemize-changes "$1/" "$2"', tree, copy), '')
  })

  await t.test('tar c, then tar d finds no difference', async (t) => {
    const archive = join(folder, 'archive.tar')
    await sh('tar -C "$1" -cf "$2" . && tar -C "$1" -df "$2"', tree, archive)
    await sh('mkdir "$2.out" && tar -C "$2.out" -xf "$2" && diff -r "$1" "$2.out"', source, archive)
    t.pass('and what comes out is what went in')
  })

  await t.test(
    'restic: nothing is new or changed after a remount, nor from another home',
    async (t) => {
      const restic = resticIn(folder)
      await restic(['init'])
      // From within: the folders above the tree are not ours to keep as they are.
      const backup = (): Promise<string> => restic(['backup', '.'], tree)
      t.match(await backup(), new RegExp(`Files: +${FILES + 1} new, +0 changed`))
      await restic(['check', '--read-data'])
      for (const which of ['same', 'other'] as const) {
        await remount(which)
        const report = await backup()
        t.match(report, new RegExp(`Files: +0 new, +0 changed, +${FILES + 1} unmodified`), which)
        t.match(report, /Added to the repo\w*: +0 B/, 'not a byte')
      }
      await remount('same')
      await restic(['restore', 'latest', '--target', join(folder, 'restored')])
      await sh('diff -r "$1" "$2"', source, join(folder, 'restored'))
    }
  )

  await t.test('borg: it reads again at most the files that share the newest time', async (t) => {
    const borg = borgIn(folder)
    await borg('init', '-e', 'none')
    await borg('create', '::first', tree)
    await borg('check', '--verify-data')
    const newest = await sharingTheNewest(tree)
    for (const which of ['same', 'other'] as const) {
      await remount(which)
      const report = await borg('create', '--list', '--filter', 'AMU', `::${which}`, tree)
      const lines = report.split('\n')
      const read = lines.filter((line) => /^[AM] /.test(line)).length
      t.ok(read <= newest, `${which}: ${read} read again, ${newest} share the newest time`)
      t.ok(lines.filter((line) => line.startsWith('U ')).length >= FILES - newest)
    }
    await remount('same')
  })
})

t.test('checksums of what is read', { ...skipWithoutMount, timeout: 900_000 }, async (t) => {
  await t.test('fio, readonly, verifies what it wrote before it was added', async (t) => {
    const folder = tempFolder(t, 'fio')
    const kit = new Kit(join(folder, 'home'))
    const fio = (file: string, ...args: string[]): Promise<string> =>
      sh(
        `cd "$1" && shift && fio --name=x --bs=16k --size=64m --verify=crc32c --ioengine=psync "$@"`,
        folder,
        `--filename=${file}`,
        ...args
      )
    const written = join(folder, 'written')
    await fio(written, '--rw=write', '--do_verify=0')
    const cid = await kit.add(written)
    for (const open of ['none', 'auto']) {
      const path = await mounted(t, kit, join(folder, open), '--open', open)
      const file = join(path, 'ipfs', cid)
      await fio(file, '--readonly', '--rw=read')
      await fio(file, '--readonly', '--rw=randread', '--numjobs=2')
      t.pass(`--open ${open}`)
    }
  })

  await t.test('eight sha256sum over 100,000 files agree with the source', async (t) => {
    const folder = tempFolder(t, 'sums')
    const kit = new Kit(join(folder, 'home'))
    const source = join(folder, 'source')
    for (let i = 0; i < 100_000; i++) {
      const inner = join(source, `d${Math.floor(i / 10_000)}`)
      if (i % 10_000 === 0) mkdirSync(inner, { recursive: true })
      writeFileSync(join(inner, `file ${i}`), `content of file ${i}\n`.repeat(i % 9))
    }
    const cid = await kit.add(source)
    const sums =
      'cd "$1" && find . -type f -print0 | xargs -0 -n 500 -P 8 sha256sum | sort | sha256sum'
    const expected = await sh(sums, source)
    for (const open of ['none', 'auto']) {
      const path = await mounted(t, kit, join(folder, open), '--open', open)
      t.equal(await sh(sums, join(path, 'ipfs', cid)), expected, `--open ${open}`)
    }
  })
})
