/** A thread that rehearses: with the content of a real home, and without a kernel. */
import { reserveBuffers } from '../../../../src/mount/drivers/raw/buffers.js'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openServed } from '../../../../src/compose/thread.js'
import { makeLog } from '../../../../src/core/log.js'
import { reserveFetchFlags } from '../../../../src/fetch/fetch-flags.js'
import {
  CurrentRequests,
  reserveCurrentRequests
} from '../../../../src/mount/drivers/raw/current-requests.js'
import { rehearse } from '../../../../src/mount/drivers/raw/rehearse.js'
import { StoreLayout } from '../../../../src/store/layout.js'
import { reserveInodes } from '../../../../vfs/inode-table.js'
import { Kit } from '../../../support/cli.js'
import { tempFolder } from '../../../support/temp.js'

const OPTIONS = {
  uid: 0,
  gid: 0,
  umask: 0,
  allowOther: false,
  readOnly: false,
  memory: 1 << 22,
  open: 'none',
  driver: 'raw',
  deadlineMs: 1000
} as const

/** Makes a home with a folder and a file of its own. */
async function homeWithFolder(t: Test): Promise<Kit> {
  const folder = tempFolder(t, 'rehearsal')
  const kit = new Kit(join(folder, 'home'))
  mkdirSync(join(folder, 'files', 'deeper'), { recursive: true })
  for (let i = 0; i < 50; i++) writeFileSync(join(folder, 'files', `${i}`), `file ${i}`)
  await kit.add(join(folder, 'files'))
  await kit.add(join(folder, 'files', '1'))
  return kit
}

/** Keeps the number of the first request. */
class RecordedRequests extends CurrentRequests {
  first = 0

  override begin(thread: number, low: number, high: number): void {
    super.begin(thread, low, high)
    if (this.first === 0) this.first = this.at(thread)
  }
}

function threadOf(home: string, currentRequests = new CurrentRequests(reserveCurrentRequests())) {
  const lines: string[] = []
  const log = makeLog({ level: 'debug', format: 'text', write: (line) => void lines.push(line) })
  const share = { flags: reserveFetchFlags(), memory: undefined }
  const epoch = new Int32Array(new SharedArrayBuffer(4))
  const inodes = reserveInodes(1000)
  const { vfs, refresh, probe, rehearsal } = openServed({ home, inodes, options: OPTIONS, epoch, share, log }) // prettier-ignore
  const run = (mayGoOn: () => boolean): boolean =>
    rehearse({ content: rehearsal, buffers: reserveBuffers(), options: OPTIONS, currentRequests, place: 1, refresh, probe, mayGoOn }) // prettier-ignore
  return { run, vfs, lines, currentRequests, roots: rehearsal.roots }
}

// One home for all: what changes it comes last.
const kit = await homeWithFolder(t)
const { home } = kit

t.test('it goes on until the thread is warm, and leaves nothing behind', async (t) => {
  const { run, vfs, lines, currentRequests, roots } = threadOf(home)
  t.equal(roots().length, 2)
  t.equal(
    run(() => true),
    true
  )
  t.equal(vfs.inodes.live, 0)
  t.equal(currentRequests.at(1), 0)
  t.same(lines, [])
})

t.test('it ends at once where the thread is needed', async (t) => {
  const { run } = threadOf(home)
  let asked = 0
  t.equal(
    run(() => ++asked < 20),
    false
  )
  t.equal(asked <= 22, true)
})

t.test('the watchdog sees a thread that hangs', async (t) => {
  const requests = new RecordedRequests(reserveCurrentRequests())
  threadOf(home, requests).run(() => true)
  t.equal(requests.first > 2 ** 52, true, 'the kernel counts from 2 on, and never comes so far')
})

t.test('nothing is rehearsed where nothing is pinned', async (t) => {
  for (const root of threadOf(kit.home).roots()) await kit.run(['pin', 'rm', root])
  const { run, roots } = threadOf(kit.home)
  t.same(roots(), [])
  t.equal(
    run(() => true),
    false
  )
})

t.test('pins that cannot be read are for readers to be told of', async (t) => {
  writeFileSync(new StoreLayout(home).pins, 'no log of pins\n')
  const { run, roots, lines } = threadOf(home)
  t.same(roots(), [])
  t.equal(
    run(() => true),
    false
  )
  t.same(lines, [])
})
