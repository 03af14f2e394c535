/**
 * Recovers the pins of a damaged log. What was pinned by lines that nobody can read is kept all the
 * same: every root of the store is pinned then, that is every block to which no other links.
 */
import { existsSync, lstatSync, renameSync } from 'node:fs'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { KeySet } from '../core/key-set.js'
import { readFileIfAny } from '../core/read-file.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import type { StoreLayout } from './layout.js'
import { lineAt, mendBit, type Pin } from './pin-line.js'
import { PINS_SEAL, readPins, replay, writePins } from './pins.js'
import { inPlaceOrder } from './place-order.js'
import type { StoreReader } from './reader.js'
import { recordCid } from './record.js'
import { SealWriter } from './seal-writer.js'

/**
 * Makes a sound log of what can be read of a damaged one, which is kept beside it.
 * @returns where that is, or `gone` where there was none; undefined for a log that is sound.
 * @throws ACCESS_DENIED for a log that cannot be read.
 */
export function repairPins(layout: StoreLayout): string | undefined {
  const path = layout.pins
  try {
    readPins(path)
    return undefined
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
  }
  const isFile = ifPresent(() => lstatSync(path))?.isFile() === true
  const pins = isFile
    ? readableLines(readFileIfAny(path, '') ?? Buffer.alloc(0))
    : new Map<string, Pin>()
  const kept = setAside(path)
  const seals = new SealWriter(layout)
  seals.forget(PINS_SEAL)
  seals.close()
  writePins(path, pins)
  return kept ?? 'gone'
}

/** Moves what stands at a path aside. @returns where to; undefined where nothing is there. */
export function setAside(path: string): string | undefined {
  if (ifPresent(() => lstatSync(path)) === undefined) return undefined
  let number = 1
  while (existsSync(`${path}.damaged-${number}`)) number++
  renameSync(path, `${path}.damaged-${number}`)
  return `${path}.damaged-${number}`
}

function readableLines(bytes: Buffer): Map<string, Pin> {
  const pins = new Map<string, Pin>()
  for (let at = 0; at < bytes.length;) {
    const line = lineAt(bytes, at) ?? (mendBit(bytes, at) ? lineAt(bytes, at) : undefined)
    if (line !== undefined) replay(pins, line.entry)
    const end = bytes.indexOf(10, at)
    at = line?.next ?? (end < 0 ? bytes.length : end + 1)
  }
  return pins
}

/** Returns pins of every block to which no other links, as far as they are not in the log. */
export function recoveredPins(
  reader: StoreReader,
  known: ReadonlyMap<string, Pin>,
  createdAt: string
): Pin[] {
  const linked = new KeySet()
  for (const { key, record } of inPlaceOrder(reader.index)) {
    if (record.framed || isLeafCodec(record.codec)) continue
    const block = ifReadable(() => reader.readUnchecked(record))
    if (block === undefined) continue
    for (const link of linksOf(recordCid(key, record, block), block).cids) linked.add(link.key)
  }
  const pins: Pin[] = []
  for (const { key, record } of inPlaceOrder(reader.index)) {
    if (linked.has(key)) continue
    const cid = ifReadable(() => String(recordCid(key, record, reader.readUnchecked(record))))
    if (cid !== undefined && !known.has(cid))
      pins.push({ cid, type: 'recursive', name: 'recovered', createdAt })
  }
  return pins
}

/** A block that cannot be read keeps nothing by itself. */
function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isKitError(error)) return undefined
    throw error
  }
}
