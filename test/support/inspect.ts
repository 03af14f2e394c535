/** Looking over a home after something went wrong in it. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { below, leavesOf } from '../../src/content/walk.js'
import { lockHome } from '../../src/service/home-lock.js'
import { BlockStore } from '../../src/store/block-store.js'
import { fsck } from '../../src/store/fsck.js'
import { contentOf } from './stores.js'

async function openStore(home: string): Promise<{ store: BlockStore; release: () => void }> {
  for (let lock = lockHome(home); ; lock = lockHome(home)) {
    if (lock === undefined) {
      await delay(5)
      continue
    }
    const held = lock
    const store = BlockStore.open(home, { warn: () => undefined })
    return {
      store,
      release: () => {
        store.close()
        held.release()
      }
    }
  }
}

/** Killed before it had its lock: recovery leaves such a folder two seconds, for a living writer. */
const isYoung = (session: string): boolean =>
  !existsSync(join(session, 'lock')) && Date.now() - statSync(session).mtimeMs < 4000

export interface Inspection {
  /** What is wrong with the store, in words. */
  readonly problems: string[]
  readonly pins: Set<string>
}

/** Open as the next command would, and look at everything. */
export async function inspect(home: string): Promise<Inspection> {
  const { store, release } = await openStore(home)
  try {
    const content = contentOf(store.reader)
    const report = await fsck(store, {
      readData: true,
      repair: false,
      below: (roots) => below(roots, content),
      leavesOf: (root) => leavesOf(root, content),
      signal: new AbortController().signal,
      onBytes: () => undefined
    })
    const problems = [
      ...report.bad.map(({ cid, reason }) => `bad ${cid}: ${reason}`),
      ...report.missing.map((cid) => `missing ${cid}`)
    ]
    const named = new Set(
      store.reader.segments.flatMap((segment) => {
        const files: number[] = []
        for (let i = 0; i < segment.count; i++) {
          const at = segment.offsetOf(i)
          files.push(
            segment.view.getUint32(at + 64, true) + segment.view.getUint32(at + 68, true) * 2 ** 32
          )
          if ((segment.view.getUint8(at + 53) & 1) !== 0)
            files.push(
              segment.view.getUint32(at + 32, true) +
                segment.view.getUint32(at + 36, true) * 2 ** 32
            )
        }
        return files
      })
    )
    for (const name of readdirSync(store.layout.files, { recursive: true, encoding: 'utf8' }))
      if (/[0-9a-f]{13}$/.test(name) && !named.has(Number.parseInt(name.slice(-13), 16)))
        problems.push(`whole file ${name} belongs to nothing`)
    for (const name of readdirSync(store.layout.incoming))
      if (!isYoung(join(store.layout.incoming, name))) problems.push(`session ${name} is left`)
    return { problems, pins: new Set(store.pins.pins.keys()) }
  } finally {
    release()
  }
}
