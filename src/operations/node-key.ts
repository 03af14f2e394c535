/** The key of a home, by which other nodes know it, and of which its own name is. It is made when it is needed first. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { base58btc } from 'multiformats/bases/base58'
import { base36 } from 'multiformats/bases/base36'
import { Cid, LIBP2P_KEY } from '../core/cid.js'
import { utf8 } from '../core/bytes.js'
import { makeDir, replaceFile } from '../core/fs-durable.js'
import { IDENTITY } from '../core/hash.js'
import { readTextIfAny } from '../core/read-file.js'

export interface NodeKey {
  readonly privateKey: KeyObject
  /** The public key as libp2p encodes it. */
  readonly publicKey: Uint8Array
  /** As in `12D3KooW…`. */
  readonly peerId: string
  /** The name of the key below `/ipns/`, as in `k51…`. */
  readonly name: string
}

/** Protobuf in front of an Ed25519 key: its type and its length. */
const ED25519 = Uint8Array.of(8, 1, 18, 32)
/** Bytes of an Ed25519 key at the end of its SPKI. */
const KEY_BYTES = 32

export function nodeKey(home: string): NodeKey {
  const privateKey = createPrivateKey(readOrMake(join(home, 'keys'), 'self.pem'))
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const publicKey = Buffer.concat([ED25519, spki.subarray(-KEY_BYTES)])
  const cid = Cid.v1(LIBP2P_KEY, IDENTITY, publicKey)
  return {
    privateKey,
    publicKey,
    peerId: base58btc.encode(cid.multihash).slice(1),
    name: base36.encode(cid.bytes)
  }
}

function readOrMake(folder: string, file: string): string {
  const path = join(folder, file)
  const known = readTextIfAny(path)
  if (known !== undefined) return known
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  makeDir(folder)
  replaceFile(path, utf8(pem))
  // Of two processes that make one at a time, the last one counts for both.
  return readTextIfAny(path) ?? pem
}
