/** The read-only view of the pins. */
import { statSync } from 'node:fs'
import { utf8 } from '../core/bytes.js'
import { Cid } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import { cidsByFileName } from './pin-names.js'
import { readPins, type Pin } from './pins.js'

/** A serving thread's cached copy of the pins, which refresh() discards. */
export class PinsView {
  readonly #path: string
  #pins: readonly Pin[] | undefined
  #roots: readonly string[] | undefined
  #links: ReadonlyMap<string, Cid> | undefined
  #changedAt: number | undefined

  constructor(path: string) {
    this.#path = path
  }

  refresh(): void {
    this.#pins = undefined
    this.#roots = undefined
    this.#links = undefined
    this.#changedAt = undefined
  }

  roots(): readonly string[] {
    return (this.#roots ??= this.#all().map(({ cid }) => cid))
  }

  /** Returns the symlinks of `ipfs/.names` by their names. */
  links(): ReadonlyMap<string, Cid> {
    return (this.#links ??= linksOf(cidsByFileName(this.#all())))
  }

  #all(): readonly Pin[] {
    return (this.#pins ??= [...readPins(this.#path).values()].filter(isCid))
  }

  changedAt(): number {
    return (this.#changedAt ??= ifPresent(() => statSync(this.#path).mtimeMs) ?? 0)
  }
}

/** `fsck` reports a pin that is no CID; it has no place in a listing. */
function isCid({ cid }: Pin): boolean {
  try {
    Cid.parse(cid)
    return true
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}

/** Leaves out identity CIDs that are too long to be the target of a link that is one itself. */
function linksOf(cids: ReadonlyMap<string, string>): Map<string, Cid> {
  const links = new Map<string, Cid>()
  for (const [name, cid] of cids)
    try {
      links.set(name, symlinkCid(utf8(`../${cid}`)))
    } catch (error) {
      if (!isKitError(error, 'NAME_TOO_LONG')) throw error
    }
  return links
}
