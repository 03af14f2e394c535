/**
 * Names of files as names of assets. GitHub changes all but letters, digits, dots, dashes and
 * underscores in them, and dots at either end; so each other byte is written `_XX` here.
 */
import { randomBytes, randomUUID } from 'node:crypto'

/** Bytes of a name that GitHub takes. */
export const MAX_ASSET_NAME = 250

/** Marks an asset whose file is empty, as GitHub takes no empty asset. */
const EMPTY = '_e'
const PLAIN = /^[A-Za-z0-9-]$/
const ENCODED = /^(?:[A-Za-z0-9.-]|_[0-9A-F]{2})+$/
const TEMPORARY = /^_t[0-9a-f-]{36}$/

/** The meaning of the name of an asset. */
export interface AssetMeaning {
  readonly name: string
  readonly isEmpty: boolean
}

/** @param isFirst whether no asset has a name of that file now: names are unique, and never empty. */
export function assetName(name: string, isEmpty: boolean, isFirst: boolean): string {
  const version = isFirst ? '' : `_v${randomBytes(4).toString('hex')}`
  return `${encoded(name)}${isEmpty ? EMPTY : ''}${version}`
}

/** The name of an asset that is still being put. */
export const temporaryAsset = (): string => `_t${randomUUID()}`

export const isTemporaryAsset = (asset: string): boolean => TEMPORARY.test(asset)

/** Assets of other programs are files of their own names. */
export function meaningOf(asset: string): AssetMeaning {
  const [, base = '', empty] = /^(.*?)(_e)?(?:_v[0-9a-f]{8})?$/.exec(asset) ?? []
  const name = decoded(base)
  return name === undefined
    ? { name: asset, isEmpty: false }
    : { name, isEmpty: empty !== undefined }
}

function encoded(name: string): string {
  const bytes = Buffer.from(name)
  return [...bytes]
    .map((byte, i) => {
      const char = String.fromCharCode(byte)
      const isInnerDot = char === '.' && i > 0 && i < bytes.length - 1 && bytes[i - 1] !== byte
      return PLAIN.test(char) || isInnerDot ? char : `_${byte.toString(16).toUpperCase().padStart(2, '0')}` // prettier-ignore
    })
    .join('')
}

function decoded(base: string): string | undefined {
  if (!ENCODED.test(base)) return undefined
  const latin = base.replaceAll(/_([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))) // prettier-ignore
  const name = Buffer.from(latin, 'latin1').toString('utf8')
  return encoded(name) === base ? name : undefined
}
