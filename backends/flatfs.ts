/**
 * Folders of blocks on this machine, one file each, named by its multihash and laid out in
 * folders as the file SHARDING says. Kubo writes them whole, under a temporary name.
 * Source: https://github.com/ipfs/go-ds-flatfs
 */
import { join } from 'node:path'
import type { Cid } from '../src/core/cid.js'
import { readRegularFile } from '../src/core/read-regular.js'

export type Sharding = 'prefix' | 'suffix' | 'next-to-last'

/** A folder of blocks, as it can be told to another thread. */
export interface BlockFolder {
  readonly path: string
  readonly sharding: Sharding
  /** Characters of a key that name the folder its file is in. */
  readonly digits: number
}

/** `/repo/flatfs/shard/v1/next-to-last/2` and its kin. */
const SHARDING = /^\/repo\/flatfs\/shard\/v1\/(prefix|suffix|next-to-last)\/(\d+)\s*$/

const textIn = (path: string): string =>
  Buffer.from(readRegularFile(path, MAX_TEXT)).toString('utf8')

/** Bytes of a file SHARDING, of which Kubo writes some forty. */
const MAX_TEXT = 4096
/** More characters than the keys that there are. */
const MAX_DIGITS = 64

/** @returns undefined where there is none that can be read, or one laid out in another way. */
export function openBlockFolder(path: string): BlockFolder | undefined {
  try {
    const [, sharding, text] = SHARDING.exec(textIn(join(path, 'SHARDING'))) ?? []
    const digits = Number(text)
    if (sharding === undefined || !(digits > 0 && digits <= MAX_DIGITS)) return undefined
    return { path, sharding: sharding as Sharding, digits }
  } catch {
    return undefined
  }
}

/** The path of the file that holds a CID's block, if any does. */
export function blockPath(folder: BlockFolder, cid: Cid): string {
  const key = base32upper(cid.multihash)
  // Not by join: what it does to each of thousands of paths costs more than reading some of them.
  return `${folder.path}/${shardOf(folder, key)}/${key}.data`
}

/** Keys shorter than asked for are filled up with `_`. */
function shardOf({ sharding, digits }: BlockFolder, key: string): string {
  const filled = key.length > digits ? key : '_'.repeat(digits + 1 - key.length) + key
  if (sharding === 'suffix') return filled.slice(-digits)
  if (sharding === 'next-to-last') return filled.slice(-digits - 1, -1)
  return key.length < digits ? key + '_'.repeat(digits - key.length) : key.slice(0, digits)
}

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')
const text = Buffer.alloc(256)

/**
 * RFC 4648 without padding. Not the one of multiformats, which builds its text letter by letter:
 * 1.1 us for each key against 0.5, and 8 against 3 until it is compiled, on every thread anew.
 */
function base32upper(bytes: Uint8Array): string {
  let length = 0
  let rest = 0
  let bits = 0
  for (const byte of bytes) {
    rest = (rest << 8) | byte
    for (bits += 8; bits >= 5;) {
      bits -= 5
      text[length++] = ALPHABET[(rest >>> bits) & 31]!
    }
    rest &= (1 << bits) - 1
  }
  if (bits > 0) text[length++] = ALPHABET[(rest << (5 - bits)) & 31]!
  return text.toString('latin1', 0, length)
}
