/** Answers that are the signed record of a name. */
import { createHash } from 'node:crypto'
import { KitError } from '../core/errors.js'
import { bufferOf } from '../core/bytes.js'
import type { HttpCall } from '../http/http-call.js'
import { parseIpnsName } from '../names/ipns-name.js'
import type { Answer } from './answer.js'
import { uriHeader } from './content-headers.js'
import type { ContentPath } from './content-path.js'
import { legacyText } from './content-path.js'
import { disposition } from './disposition.js'
import { HttpError } from './failures.js'
import { MEDIA_TYPES } from './formats.js'
import type { GatewayNames } from './names-port.js'

export async function ipnsRecordAnswer(
  call: HttpCall,
  path: ContentPath,
  names: GatewayNames
): Promise<Answer> {
  const name = path.namespace === 'ipns' ? parseIpnsName(path.root) : undefined
  if (name === undefined || path.names.length > 0)
    throw new KitError('INVALID_ARGUMENT', `${legacyText(path)} has no record: only a key has one, as /ipns/KEY without a path`) // prettier-ignore
  const record = await names.record(name.text, call.signal)
  if (record === undefined) throw noRecord(name.text)
  const { bytes, ttlMs } = record
  return {
    status: 200,
    headers: {
      ...uriHeader(path, undefined),
      'x-ipfs-path': legacyText(path),
      'x-content-type-options': 'nosniff',
      'content-type': MEDIA_TYPES['ipns-record'],
      'content-disposition': disposition(
        'attachment',
        call.query.get('filename') ?? `${name.text}.ipns-record`
      ),
      'cache-control': `public, max-age=${Math.floor(ttlMs / 1000)}`
    },
    etags: [`"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.ipns-record"`],
    body: bufferOf(bytes),
    isRanged: false
  }
}

/** Nobody can say that a key has no record: its holder may have published one elsewhere. */
export const noRecord = (name: string): HttpError =>
  new HttpError(
    502,
    `/ipns/${name} cannot be resolved: no valid record of it is known here; publish it, or put its record with \`ipfs-kit name put\``
  )
