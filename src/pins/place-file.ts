/** The file with the mark of a place: a random id. */
import { randomUUID } from 'node:crypto'
import type { FileReader, FileWriter } from '../../backends/facets/named-files.js'
import { isKitError, type ErrorCode, type KitError } from '../core/errors.js'

export const PLACE_FILE = 'ipfs-kit.place'
const ID = /^[0-9a-f-]{36}$/
const ID_LENGTH = 36
/** What is there is no mark that anybody could read. */
const DAMAGED: readonly ErrorCode[] = ['CORRUPT_FORMAT', 'INTEGRITY', 'BLOCK_NOT_FOUND']
const DENIED: readonly ErrorCode[] = ['ACCESS_DENIED', 'CREDENTIALS']

/** What is known of the mark that is there: its id, that there is none, or none that is sound. */
export type FoundMark = { readonly id: string } | 'missing' | 'damaged'

/** Whether something may not be done: a mark asks for more rights than archives do. */
export const isDenied = (error: unknown): error is KitError =>
  DENIED.some((code) => isKitError(error, code))

export async function readMark(reader: FileReader, signal: AbortSignal): Promise<FoundMark> {
  const pieces: Uint8Array[] = []
  try {
    const range = { position: 0, length: ID_LENGTH }
    for await (const piece of reader.get(PLACE_FILE, range, { signal })) pieces.push(piece)
  } catch (error) {
    if (isKitError(error, 'PATH_NOT_FOUND')) return 'missing'
    if (DAMAGED.some((code) => isKitError(error, code))) return 'damaged'
    throw error
  }
  const id = Buffer.concat(pieces).toString('latin1')
  return ID.test(id) ? { id } : 'damaged'
}

/** Leaves a new mark in place of what may be there. */
export async function writeMark(
  writer: FileWriter,
  signal: AbortSignal,
  ifAbsent = false
): Promise<void> {
  const made = Buffer.from(`${randomUUID()}\n`)
  await writer.put(PLACE_FILE, () => [made], { signal, ifAbsent })
}

/** Leaves a mark where there is none, as far as the backend can tell that in one step. */
export async function addMark(writer: FileWriter, signal: AbortSignal): Promise<void> {
  try {
    await writeMark(writer, signal, true)
  } catch (error) {
    if (!isKitError(error, 'EXISTS')) throw error
  }
}
