/** A store in a temporary home, in this process. */
import type { Test } from 'tap'
import { Content, TABLE_MEMORY } from '../../src/content/content.js'
import { describeBlock } from '../../src/formats/describe-block.js'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'
import { BlockStore } from '../../src/store/block-store.js'
import type { Pin } from '../../src/store/pins.js'
import { StoreReader } from '../../src/store/reader.js'
import { WriteSession } from '../../src/store/session.js'
import { tempFolder } from './temp.js'

export interface TestStore {
  readonly home: string
  readonly store: BlockStore
}

export function openStore(t: Pick<Test, 'teardown'>, home = tempFolder(t, 'store')): TestStore {
  const store = BlockStore.open(home, { warn: () => undefined })
  t.teardown(() => store.close())
  return { home, store }
}

export const contentOf = (reader: StoreReader): Content =>
  new Content(reader, reader, { memory: TABLE_MEMORY })

export const rawCid = (block: Uint8Array): Cid => Cid.v1(RAW, SHA2_256, sha256(block))
export const pbCid = (block: Uint8Array): Cid => Cid.v1(DAG_PB, SHA2_256, sha256(block))

/** Write in a session and publish it. */
export async function write<T>(
  store: BlockStore,
  work: (session: WriteSession) => T | Promise<T>,
  pins: readonly Pin[] = []
): Promise<T> {
  const session = new WriteSession(store.reader)
  try {
    const result = await work(session)
    session.finish()
    store.publish(session.id, pins)
    return result
  } finally {
    session.close()
  }
}

/** Put blocks as an import would. */
export const putBlocks = (
  store: BlockStore,
  blocks: readonly { cid: Cid; block: Uint8Array }[]
): Promise<void> =>
  write(store, (session) => {
    for (const { cid, block } of blocks) session.put(cid, block, describeBlock(cid.codec, block))
  })

export const pinOf = (cid: Cid, type: Pin['type'] = 'recursive'): Pin => ({
  cid: String(cid),
  type,
  name: '',
  createdAt: '2020-01-01T00:00:00.000Z'
})
