/** A file of a billion leaves: whoever reads it is served in turns with everybody else. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { httpServer } from '../servers/http.js'
import { importBlocks } from '../support/blocks.js'
import { Kit } from '../support/cli.js'
import { fineBytes, fineFile } from '../support/fine-file.js'
import { mounted, skipWithoutMount } from '../support/mount.js'
import { tempFolder } from '../support/temp.js'

const blocks = fineFile()
const root = String(blocks[0]!.cid)
/** Bytes that an engine and a command may have resident: both are far below, and far above is a leak. */
const MAX_RESIDENT = 500 << 20

/** A gateway that has the blocks of the file and nothing else, and no archives. */
const gateway = (t: Test): Promise<string> =>
  httpServer(t, ({ url = '' }, answer) => {
    const cid = /^\/ipfs\/([^?]+)\?format=raw$/.exec(url)?.[1]
    const found = blocks.find((one) => String(one.cid) === cid)
    if (found === undefined) return void answer.writeHead(404).end()
    answer.writeHead(200, { 'content-type': 'application/vnd.ipld.raw' }).end(found.block)
  })

const residentOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

for (const where of ['in the store', 'on a gateway'] as const) {
  const stage = async (t: Test): Promise<{ kit: Kit; folder: string }> => {
    const folder = tempFolder(t, 'fine')
    const kit = new Kit(join(folder, 'home'))
    if (where === 'in the store') await importBlocks(kit, folder, blocks)
    else await kit.ok('backend', 'add', 'web', '--type', 'gateway', '--url', await gateway(t))
    return { kit, folder }
  }

  t.test(
    `threats 71: a command that reads it ${where} is right, small and interruptible`,
    async (t) => {
      const { kit, folder } = await stage(t)
      const offset = 5_000_003
      const args = ['cat', root, '--offset', String(offset), '--length', '300001']
      t.ok(fineBytes(offset, 300_001).equals(await kit.bytes(...args)))
      const interrupted = { code: null, signal: 'SIGINT' }
      const catting = kit.run(['cat', root], {
        onStart: (child) => {
          let length = 0
          child.stdout?.on('data', (data: Buffer) => {
            length += data.length
            if (length < 1 << 20 || child.killed) return
            t.ok(residentOf(child.pid!) < MAX_RESIDENT)
            child.kill('SIGINT')
          })
        }
      })
      t.match(await catting, interrupted)
      const getting = kit.run(['get', root, '-o', join(folder, 'out')], {
        onStart: (child) => {
          const watcher = watch(folder, (_, name) => {
            if (name?.startsWith('.ipfs-kit-') === true) child.kill('SIGINT')
          })
          t.teardown(() => watcher.close())
        }
      })
      t.match(await getting, interrupted)
      t.same(
        readdirSync(folder).filter((name) => name === 'out' || name.endsWith('.tmp')),
        []
      )
    }
  )

  t.test(
    `threats 71: beside a reader of it ${where} others are served`,
    skipWithoutMount,
    async (t) => {
      const { kit, folder } = await stage(t)
      const path = await mounted(t, kit, folder, '--open', 'none')
      const { mounts } = await kit.json<{ mounts: { path: string; pids: number[] }[] }>('status')
      const engine = mounts.find((mount) => mount.path === path)!.pids[1]!
      const reader = spawn('dd', [
        `if=${path}/ipfs/${root}`,
        'of=/dev/null',
        'bs=1M',
        'status=none'
      ])
      const ended = once(reader, 'exit')
      const { bytesRead } = await firstBytes(join(path, 'ipfs', root), 200_000)
      t.ok(fineBytes(0, 200_000).equals(bytesRead))
      // The main thread answers the second and, where somebody may have it, the third.
      for (let i = 0; i < 20; i++) {
        await stat(join(path, 'ipfs'))
        await readFile(join(path, '.ipfs-kit', 'stats.json'))
        await t.rejects(stat(join(path, 'ipfs', blockNobodyHas(i))))
      }
      t.equal(reader.exitCode, null, 'the reader is not even done')
      t.ok(residentOf(engine) < MAX_RESIDENT)
      reader.kill('SIGINT')
      t.same(await ended, [null, 'SIGINT'], 'the reader can be interrupted')
      process.kill(engine, 'SIGTERM')
      for (let i = 0; i < 500 && isThere(engine); i++)
        await new Promise((done) => setTimeout(done, 20))
      t.notOk(isThere(engine), 'the engine ends')
    }
  )
}

/** Reads with another program, so that this one goes on. */
async function firstBytes(path: string, length: number): Promise<{ bytesRead: Buffer }> {
  const head = spawn('head', ['-c', String(length), path])
  const parts: Buffer[] = []
  head.stdout.on('data', (part: Buffer) => parts.push(part))
  await once(head, 'close')
  return { bytesRead: Buffer.concat(parts) }
}

const blockNobodyHas = (i: number): string =>
  `bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s5${'abcdefghijklmnopqrst'[i]}zy`

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
