/**
 * Texts that name their base by a first letter: all that Kubo writes and a few more. The bases of
 * one case are read in both, as Kubo reads them.
 * Source: https://github.com/multiformats/multibase
 */
import { base2 } from 'multiformats/bases/base2'
import { base8 } from 'multiformats/bases/base8'
import { base10 } from 'multiformats/bases/base10'
import { base16, base16upper } from 'multiformats/bases/base16'
import * as base32 from 'multiformats/bases/base32'
import { base36, base36upper } from 'multiformats/bases/base36'
import { base58btc, base58flickr } from 'multiformats/bases/base58'
import { base64, base64pad, base64url, base64urlpad } from 'multiformats/bases/base64'
import { base256emoji } from 'multiformats/bases/base256emoji'

const BASES = [
  base2, base8, base10, base16, base16upper, ...Object.values(base32), base36, base36upper,
  base58btc, base58flickr, base64, base64pad, base64url, base64urlpad, base256emoji
] // prettier-ignore
const DECODERS = new Map(BASES.map((base) => [base.prefix as string, base]))

/** Returns the bytes of a text; undefined where its first letter names no base. @throws Error. */
export function decodeMultibase(text: string): Uint8Array | undefined {
  // A code point and not a UTF-16 unit: the prefix of one base is an emoji.
  const prefix = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return DECODERS.get(prefix)?.decode(text)
}
