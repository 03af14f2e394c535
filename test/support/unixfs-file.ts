/** UnixFS files of two leaves, encoded by the libraries of others, for backends to hold. */
import { randomBytes } from 'node:crypto'
import * as dagPb from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { Cid, DAG_PB, RAW } from '../../src/core/cid.js'
import { sha256, SHA2_256 } from '../../src/core/hash.js'

export interface StoredBlock {
  readonly cid: Cid
  readonly block: Uint8Array
}

export interface SampleFile {
  readonly root: StoredBlock
  readonly leaves: readonly StoredBlock[]
  readonly content: Buffer
}

/** @param leafSize bytes of each of its two leaves. */
export function sampleFile(leafSize: number): SampleFile {
  const leaves = [randomBytes(leafSize), randomBytes(leafSize)].map((block) => ({
    cid: Cid.v1(RAW, SHA2_256, sha256(block)),
    block
  }))
  const file = new UnixFS({ type: 'file', blockSizes: leaves.map(() => BigInt(leafSize)) })
  const block = dagPb.encode(
    dagPb.prepare({
      Data: file.marshal(),
      Links: leaves.map(({ cid }) => ({ Name: '', Tsize: leafSize, Hash: CID.decode(cid.bytes) }))
    })
  )
  return {
    root: { cid: Cid.v1(DAG_PB, SHA2_256, sha256(block)), block },
    leaves,
    content: Buffer.concat(leaves.map(({ block }) => block))
  }
}
