/**
 * An IPNS record, as trustless gateways give it: signed, and not verified here.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import { KitError } from '../../src/core/errors.js'
import type { HttpClient } from '../http.js'
import { recordError } from './errors.js'

const TYPE = 'application/vnd.ipfs.ipns-record'
/** The largest record that the specification allows. */
const MAX_RECORD = 10 << 10

/** @throws BLOCK_NOT_FOUND where there is none, UNSUPPORTED where it cannot be asked for. */
export async function nameRecordFrom(
  http: HttpClient,
  name: string,
  signal: AbortSignal
): Promise<Uint8Array> {
  const path = `/ipns/${name}?format=ipns-record`
  const answer = await http.send({ path, headers: { accept: TYPE }, signal })
  if (answer.status !== 200) throw recordError(await http.refusalOf(answer, signal))
  if ((answer.headers['content-type'] ?? '').split(';')[0]!.trim() === TYPE)
    return await http.bodyOf(answer, MAX_RECORD, signal)
  answer.body.destroy()
  throw new KitError('UNSUPPORTED', `${http.where} gives no IPNS records`)
}
