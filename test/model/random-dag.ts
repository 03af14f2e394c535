/** Random DAGs of every codec whose links we read, hash function, multibase and kind of identity node. */
import * as dagCbor from '@ipld/dag-cbor'
import { bases } from 'multiformats/basics'
import { CID } from 'multiformats/cid'
import {
  CBOR,
  Cid,
  DAG_CBOR,
  DAG_JOSE,
  DAG_JSON,
  DAG_PB,
  JSON_CODEC,
  RAW
} from '../../src/core/cid.js'
import { BLAKE2B_256, BLAKE3, hashFor, IDENTITY, MAX_IDENTITY, SHA1, SHA2_256, SHA2_512 } from '../../src/core/hash.js' // prettier-ignore
import { encodePb } from '../../src/formats/dag-pb.js'
import { encodeUnixFs, UNIXFS_DIRECTORY } from '../../src/formats/unixfs.js'
import type { Block } from '../support/blocks.js'

const HASHES = [SHA2_256, SHA2_256, SHA2_256, SHA1, SHA2_512, 0x16, 0x1b, 0x56, BLAKE3, BLAKE2B_256, 0xb260, IDENTITY, IDENTITY] // prettier-ignore
/** The bases of text that Kubo reads. */
const TEXT_BASES = Object.values(bases).filter(({ name }) => !['identity', 'base8', 'base10', 'base32z'].includes(name)) // prettier-ignore

/** A generator of numbers that a seed repeats (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** Returns an integer from 0 to `below` − 1. */
  roll(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % below
  }

  pick<T>(from: readonly T[]): T {
    return from[this.roll(from.length)]!
  }
}

/** Makes the blocks of one DAG. @param pool blocks that it may link to; the new ones join it. */
export function randomDag(dice: Dice, pool: Block[], salt: string): Block {
  const count = 1 + dice.roll(7)
  for (let i = 0; i < count; i++) {
    const links = Array.from({ length: dice.roll(4) }, () => recent(dice, pool))
    pool.push(node(dice, links.flatMap((block) => block ?? []), `${salt} ${i}`)) // prettier-ignore
  }
  return pool.at(-1)!
}

/** Returns mostly one of the last few blocks, so that DAGs are deep as well as shared. */
const recent = (dice: Dice, pool: readonly Block[]): Block | undefined =>
  pool[dice.roll(5) === 0 ? dice.roll(pool.length) : pool.length - 1 - dice.roll(6)]

function node(dice: Dice, links: readonly Block[], salt: string): Block {
  const cids = links.map(({ cid }) => cid)
  switch (links.length === 0 ? dice.roll(9) : 3 + dice.roll(8)) {
    case 0:
      return sealed(dice, RAW, Buffer.from(salt))
    case 1:
      return sealed(dice, CBOR, dagCbor.encode({ salt }))
    case 2:
      return sealed(dice, JSON_CODEC, Buffer.from(JSON.stringify({ salt })))
    case 3:
    case 4:
      return folder(dice, cids, salt)
    case 5:
    case 6:
      return sealed(dice, DAG_CBOR, dagCbor.encode({ salt, deep: [cids.map(theirs)] }))
    case 7:
    case 8:
      return sealed(dice, DAG_JSON, json(dice, cids, salt))
    default:
      return signed(dice, cids, salt)
  }
}

function folder(dice: Dice, cids: readonly Cid[], salt: string): Block {
  const data = encodeUnixFs({ type: UNIXFS_DIRECTORY, blockSizes: [], mtime: { sec: hash(salt), nsec: 0 } }) // prettier-ignore
  const links = cids.map((cid, i) => ({ name: Buffer.from(`${i} ${salt}`), cid: cid.bytes, tsize: i })) // prettier-ignore
  return sealed(dice, DAG_PB, encodePb(links, data))
}

/** The signature of a payload; of several links the payload leads to the first. */
function signed(dice: Dice, cids: readonly Cid[], salt: string): Block {
  const signature = { protected: Buffer.from(`{"salt":"${salt}"}`), signature: Buffer.from(salt) }
  const payload = cids[0]
  if (payload === undefined) return sealed(dice, RAW, Buffer.from(salt))
  return sealed(dice, DAG_JOSE, dagCbor.encode({ payload: payload.bytes, signatures: [signature] }))
}

function json(dice: Dice, cids: readonly Cid[], salt: string): Uint8Array {
  const links = cids.map((cid) => {
    const text = cid.version === 0 ? String(cid) : dice.pick(TEXT_BASES).encode(cid.bytes)
    return `{"/":${JSON.stringify(text)}}`
  })
  return Buffer.from(`{"deep":[[${links.join(',')}]],"salt":${JSON.stringify(salt)}}`)
}

/** Gives a block a CID by some hash function. */
function sealed(dice: Dice, codec: number, block: Uint8Array): Block {
  const code = dice.pick(HASHES)
  if (code === IDENTITY && block.length > MAX_IDENTITY)
    return { cid: cidOf(codec, SHA2_256, block), block }
  if (code === SHA2_256 && codec === DAG_PB && dice.roll(2) === 0)
    return { cid: Cid.v0(hashFor(code)!.digest(block)), block }
  return { cid: cidOf(codec, code, block), block }
}

const cidOf = (codec: number, code: number, block: Uint8Array): Cid =>
  Cid.v1(codec, code, new Uint8Array(hashFor(code)!.digest(block)))

const theirs = (cid: Cid): CID => CID.decode(cid.bytes)

const hash = (text: string): number => {
  let sum = 7
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_000_007
  return sum
}
