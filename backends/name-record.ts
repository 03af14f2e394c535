/**
 * An IPNS record, as trustless gateways give it: signed, and not verified here.
 * Source: https://specs.ipfs.tech/http-gateways/trustless-gateway/
 */
import { KitError } from '../src/core/errors.js'
import type { HttpClient } from './http.js'

const TYPE = 'application/vnd.ipfs.ipns-record'
/** The largest that the specification allows. */
const MAX_RECORD = 10 << 10

/** What those answer who know nothing of records. */
const CANNOT: ReadonlySet<number> = new Set([400, 405, 406, 415, 501])

/** @throws BLOCK_NOT_FOUND where there is none. */
export async function nameRecordFrom(
  http: HttpClient,
  name: string,
  signal: AbortSignal
): Promise<Uint8Array> {
  const path = `/ipns/${name}?format=ipns-record`
  const answer = await http.send({ path, headers: { accept: TYPE }, signal })
  if (answer.status !== 200) {
    const text = await http.textOf(answer, signal)
    const { code, message } = http.refused(answer.status, text)
    // Kubo has no status for it.
    if (/routing: not found/.test(text)) throw new KitError('BLOCK_NOT_FOUND', message)
    throw new KitError(CANNOT.has(answer.status) ? 'UNSUPPORTED' : code, message)
  }
  if ((answer.headers['content-type'] ?? '').split(';')[0]!.trim() === TYPE)
    return await http.bodyOf(answer, MAX_RECORD, signal)
  answer.body.destroy()
  throw new KitError('UNSUPPORTED', `${http.where} gives no IPNS records`)
}
