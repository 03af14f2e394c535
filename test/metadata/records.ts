/** Records for tests of the index: of everything that a column can have. */
import { createHash } from 'node:crypto'
import { Cid } from '../../src/core/cid.js'
import type { IndexPatch, Settings } from '../../src/metadata/patch.js'

/** A CIDv1 of raw bytes, by a number. */
export function cidOf(i: number): string {
  const digest = createHash('sha256').update(String(i)).digest()
  return String(Cid.decode(Buffer.concat([Buffer.from([1, 0x55, 0x12, 32]), digest])))
}

/** A generator of numbers from a seed, so that a run that fails can be run again. */
export function randomOf(seed: number): (below: number) => number {
  let x = seed >>> 0
  return (below) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    return Math.floor((x / 2 ** 32) * below)
  }
}

export const WORDS = ['alpha', 'Beta', 'größe', 'ΔELTA', 'report', '𝒙', 'data', 'x', "o'neil", '水', ''] // prettier-ignore
export const TYPES = ['text/csv', 'application/pdf', 'image/png', 'text/plain']
export const DAY_MS = 24 * 3_600_000
export const EPOCH = Date.UTC(2025, 0, 1)

export function patchOf(i: number, random = randomOf(i + 1)): IndexPatch {
  const word = (): string => WORDS[random(WORDS.length)]!
  const maybe = <T>(value: T): T | null => (random(4) === 0 ? null : value)
  const set: Settings = {
    size_bytes: maybe(random(2) === 0 ? random(100) : random(2 ** 31) * 1024),
    blocks: maybe(random(10)),
    mime_type: maybe(TYPES[random(TYPES.length)]!),
    local: maybe(random(2) === 0),
    pinned: random(3) > 0,
    pin_types: maybe(random(2) === 0 ? ['recursive'] : []),
    replication: maybe(random(5)),
    path: maybe(`${word()}/${word()}.csv`),
    filename: maybe(`${word()}.csv`),
    current_tier: maybe('local'),
    metadata: { title: maybe(`${word()} ${word()}`), description: maybe(word()) },
    properties: { sensor: String(random(4)), [word()]: word() },
    storage_locations: {
      ipfs: maybe({
        pinned: true,
        pin_types: ['recursive'],
        local: random(2) === 0,
        gateway_urls: null
      }),
      s3: maybe([
        {
          provider: 'x',
          region: 'eu',
          bucket: word(),
          key: `k${i}`,
          storage_class: null,
          etag: null,
          version_id: null
        }
      ])
    }
  }
  const at = EPOCH + random(400) * DAY_MS + random(1000)
  const accesses =
    random(2) === 0 ? {} : { accesses: { count: random(50), last: at + random(DAY_MS) } }
  return {
    cid: cidOf(i),
    at,
    set,
    add_tags: [word(), word()].filter((tag) => tag !== ''),
    ...accesses
  }
}
