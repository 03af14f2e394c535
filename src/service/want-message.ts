/** The form in which wanted content crosses the socket. */
import { bufferOf } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import type { ContentWant } from '../core/not-ready.js'

export interface WantMessage {
  readonly cid: string
  readonly type: ContentWant['type']
  readonly directory?: string
  /** Base64, because names are bytes. */
  readonly name?: string
  readonly position?: number
  readonly length?: number
}

export function toMessage(want: ContentWant): WantMessage {
  const message = { cid: String(want.cid), type: want.type }
  if (want.type === 'range') return { ...message, position: want.position, length: want.length }
  if (want.type === 'table' || want.directory === undefined || want.name === undefined)
    return message
  const name = bufferOf(want.name).toString('base64')
  return { ...message, directory: String(want.directory), name }
}

export function fromMessage(message: WantMessage): ContentWant {
  const { type, directory, name, position = 0, length = 0 } = message
  const cid = Cid.parse(message.cid)
  if (type === 'range') return { type, cid, position, length }
  if (type === 'table' || directory === undefined || name === undefined) return { type, cid }
  return { type, cid, directory: Cid.parse(directory), name: Buffer.from(name, 'base64') }
}
