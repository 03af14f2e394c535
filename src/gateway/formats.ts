/** The form of an answer that a request asks for, by `?format=` or by `Accept`. */
import { KitError } from '../core/errors.js'

export type Format =
  | 'raw'
  | 'car'
  | 'tar'
  | 'ipns-record'
  | 'dag-json'
  | 'dag-cbor'
  | 'json'
  | 'cbor'
  /** A page for people. */
  | 'html'
  /** What the content is. */
  | 'plain'

/** Types of media by what `?format=` calls them. */
export const MEDIA_TYPES = {
  raw: 'application/vnd.ipld.raw',
  car: 'application/vnd.ipld.car',
  tar: 'application/x-tar',
  'ipns-record': 'application/vnd.ipfs.ipns-record',
  'dag-json': 'application/vnd.ipld.dag-json',
  'dag-cbor': 'application/vnd.ipld.dag-cbor',
  json: 'application/json',
  cbor: 'application/cbor'
} as const

const BY_MEDIA_TYPE = new Map<string, Format>([
  ...Object.entries(MEDIA_TYPES).map(([format, type]): [string, Format] => [
    type,
    format as Format
  ]),
  ['text/html', 'html']
])

export interface AskedFormat {
  readonly format: Format
  /** Parameters of the type in `Accept`, such as `dups`. */
  readonly parameters: ReadonlyMap<string, string>
  /** Whether the URL says the format, so that caches tell answers apart by it. */
  readonly isInUrl: boolean
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map()
const PLAIN: AskedFormat = { format: 'plain', parameters: NO_PARAMETERS, isInUrl: true }

/** Returns what is asked for; the URL counts before the header. @throws INVALID_ARGUMENT for an unknown format. */
export function askedFormat(inUrl: string | null, accept: string | undefined): AskedFormat {
  const accepted = accept === undefined || accept === '*/*' ? undefined : acceptedFormat(accept)
  if (inUrl === null) return accepted ?? PLAIN
  if (!Object.hasOwn(MEDIA_TYPES, inUrl))
    throw new KitError('INVALID_ARGUMENT', `there is no format ${JSON.stringify(inUrl)}; ask for one of ${Object.keys(MEDIA_TYPES).join(', ')}`) // prettier-ignore
  const format = inUrl as Format
  if (accepted === undefined || accepted.format === 'html') return { ...PLAIN, format }
  return accepted.format === format
    ? { ...accepted, isInUrl: true }
    : { format, parameters: NO_PARAMETERS, isInUrl: false }
}

/** Returns the first of the best liked types that is known here. */
function acceptedFormat(accept: string): AskedFormat | undefined {
  const liked = accept
    .split(',')
    .map(mediaRange)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
  for (const { type, parameters } of liked) {
    const format = BY_MEDIA_TYPE.get(type)
    if (format !== undefined) return { format, parameters, isInUrl: format === 'html' }
  }
  return undefined
}

function mediaRange(text: string): {
  readonly type: string
  readonly quality: number
  readonly parameters: ReadonlyMap<string, string>
} {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim())
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [key = '', value = ''] = part.split('=', 2)
      return [key.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')]
    })
  )
  const quality = Number(parameters.get('q') ?? 1)
  return { type: type.toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality, parameters }
}
