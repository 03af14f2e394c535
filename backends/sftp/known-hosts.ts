/**
 * Reads a known_hosts file, as OpenSSH keeps it: plain and hashed names, wildcards, and revoked keys.
 * Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 */
import { createHmac } from 'node:crypto'

export interface KnownKeys {
  /** Keys of the host, as they go over the wire. */
  readonly trusted: readonly Buffer[]
  readonly revoked: readonly Buffer[]
}

/** Gives the keys that a file has of a host. Lines that make no sense are passed over. */
export function knownKeys(text: string, host: string, port: number): KnownKeys {
  const name = port === 22 ? host : `[${host}]:${port}`
  const trusted: Buffer[] = []
  const revoked: Buffer[] = []
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (fields[0] === '' || fields[0]!.startsWith('#')) continue
    const marker = fields[0]!.startsWith('@') ? fields.shift() : undefined
    const [names, type, key] = fields
    if (names === undefined || type === undefined || key === undefined) continue
    if (!isNamedBy(names, name.toLowerCase())) continue
    if (marker === undefined) trusted.push(Buffer.from(key, 'base64'))
    else if (marker === '@revoked') revoked.push(Buffer.from(key, 'base64'))
  }
  return { trusted, revoked }
}

/** @param patterns with commas between them, or one hash of a name. */
function isNamedBy(patterns: string, name: string): boolean {
  if (patterns.startsWith('|1|')) return isHashOf(patterns, name)
  let isNamed = false
  for (const pattern of patterns.toLowerCase().split(',')) {
    const isDenied = pattern.startsWith('!')
    if (!matches(isDenied ? pattern.slice(1) : pattern, name)) continue
    if (isDenied) return false
    isNamed = true
  }
  return isNamed
}

function isHashOf(hashed: string, name: string): boolean {
  const [, , salt, hash] = hashed.split('|')
  if (salt === undefined || hash === undefined) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

function matches(pattern: string, name: string): boolean {
  const parts = [...pattern].map((char) =>
    char === '*' ? '.*' : char === '?' ? '.' : char.replace(/[\\^$.|+()[\]{}]/g, '\\$&')
  )
  return new RegExp(`^${parts.join('')}$`).test(name)
}
