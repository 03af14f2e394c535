/**
 * IPNS names: the multihash of a public key, or the key itself.
 * Source: https://specs.ipfs.tech/ipns/ipns-record/#ipns-name
 */
import { base36 } from 'multiformats/bases/base36'
import { base58btc } from 'multiformats/bases/base58'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { IDENTITY, SHA2_256 } from '../core/hash.js'

const LIBP2P_KEY = 0x72
const MAX_NAME = 255

export interface IpnsName {
  /** The canonical text, in base36. */
  readonly text: string
  /** The public key as libp2p encodes it, if the name is the key itself. */
  readonly key: Uint8Array | undefined
  /** The sha2-256 of the public key, if the name is its hash. */
  readonly digest: Uint8Array | undefined
}

/** Parses a name in any of its forms; undefined for any other text. */
export function parseIpnsName(text: string): IpnsName | undefined {
  // Decoding a base takes time quadratic in the length.
  if (text.length > MAX_NAME) return undefined
  const cid = asCid(text)
  if (cid?.codec !== LIBP2P_KEY) return undefined
  const { hashCode, digest } = cid
  if (hashCode !== IDENTITY && hashCode !== SHA2_256) return undefined
  const isKey = hashCode === IDENTITY
  return {
    text: base36.encode(cid.bytes),
    key: isKey ? digest : undefined,
    digest: isKey ? undefined : digest
  }
}

/** Returns the CID of a name, including the base58 multihash without a CID; undefined if none. */
function asCid(text: string): Cid | undefined {
  try {
    // The old form of libp2p: the multihash alone, in base58.
    if (/^(12D3Koo|16Uiu2|Qm)/.test(text)) {
      const [hashCode, length, ...digest] = base58btc.decode(`z${text}`)
      if (hashCode === undefined || length !== digest.length) return undefined
      return Cid.v1(LIBP2P_KEY, hashCode, Uint8Array.from(digest))
    }
    return Cid.parse(text)
  } catch (error) {
    if (isKitError(error) || error instanceof Error) return undefined
    throw error
  }
}
