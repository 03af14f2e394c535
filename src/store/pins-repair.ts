/**
 * Recovers the pins of a damaged log. What was pinned by lines that nobody can read is kept all the
 * same: every root of the store is pinned then, that is every block to which no other links.
 */
import { existsSync, linkSync, lstatSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { isDiskFull, isKitError, systemCode } from '../core/errors.js'
import { fsyncDir, ifPresent, writeFileDurable } from '../core/fs-durable.js'
import { KeySet } from '../core/key-set.js'
import { readFileIfAny } from '../core/read-file.js'
import { isLeafCodec, linksOf } from '../formats/links.js'
import type { StoreLayout } from './layout.js'
import { lineAt, mendBit, type Pin } from './pin-line.js'
import { asideName, newLog, readPins, replay } from './pins.js'
import { inPlaceOrder } from './place-order.js'
import type { StoreReader } from './reader.js'
import { recordCid } from './record.js'

/**
 * Returns the pins that can be read of a damaged log, which stays as it is; undefined for a log that
 * is sound.
 * @throws ACCESS_DENIED for a log that cannot be read.
 */
export function readablePins({ pins: path }: StoreLayout): Map<string, Pin> | undefined {
  try {
    readPins(path)
    return undefined
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
  }
  const isFile = ifPresent(() => lstatSync(path))?.isFile() === true
  return isFile ? readableLines(readFileIfAny(path, '') ?? Buffer.alloc(0)) : new Map()
}

/**
 * Replaces a damaged log, which is kept beside the new one. Until the new one is durable the damaged
 * one stays in its place, so that a repair that fails or is killed is begun again.
 * @returns where the damaged one is; undefined where there was none.
 */
export function replaceLog(
  { pins: path }: StoreLayout,
  pins: ReadonlyMap<string, Pin>
): string | undefined {
  const next = `${path}.recovered`
  try {
    writeFileDurable(next, [newLog(pins)])
    const isFile = ifPresent(() => lstatSync(path))?.isFile() === true
    const kept = isFile ? copyAside(path) : setAside(path)
    renameSync(next, path)
    fsyncDir(dirname(path))
    return kept
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

/** Moves what stands at a path aside. @returns where to; undefined where nothing is there. */
export function setAside(path: string): string | undefined {
  if (ifPresent(() => lstatSync(path)) === undefined) return undefined
  const kept = freeName(path)
  renameSync(path, kept)
  return kept
}

/** Gives a file a second name; where its file system has no links, a copy. */
function copyAside(path: string): string {
  const kept = freeName(path)
  try {
    linkSync(path, kept)
  } catch (error) {
    if (isDiskFull(error) || systemCode(error) === undefined) throw error
    writeFileDurable(kept, [readFileSync(path)])
  }
  return kept
}

function freeName(path: string): string {
  let number = 1
  while (existsSync(asideName(path, number))) number++
  return asideName(path, number)
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
