/** `Content-Disposition`: the name of what is downloaded (RFC 6266). */
import { utf8 } from '../core/bytes.js'
import { percentEncoded } from './percent.js'

/** @param name any text: what ASCII and quotes cannot hold is replaced, and given whole beside it. */
export function disposition(kind: 'inline' | 'attachment', name: string): string {
  const plain = name.replace(/[^\x20-\x7e]/gu, '_').replace(/["\\]/g, '_')
  const whole = plain === name ? '' : `; filename*=UTF-8''${percentEncoded(utf8(name))}`
  return `${kind}; filename="${plain}"${whole}`
}
