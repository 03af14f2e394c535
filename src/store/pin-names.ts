/** The names of pins as names of files: how `ipfs/.names` in a mount shows them. */
import { utf8 } from '../core/bytes.js'
import type { Pin } from './pins.js'

const MAX_NAME = 255
const DOTS = /^\.{1,2}$/
// Control characters are legal in names and a trap in shells; a percent sign is escaped only where
// it would be read as an escape.
// oxlint-disable-next-line no-control-regex
const ODD = /[\0-\x1f\x7f/]|%(?=[0-9A-Fa-f]{2})/g

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`

/**
 * Returns the file name of a pin's name, with slashes and control characters as `%2F` is, so that
 * two names never become one; undefined for no name, and for one over 255 bytes.
 */
export function fileNameOf(name: string): string | undefined {
  const text = DOTS.test(name) ? name.replaceAll('.', '%2E') : name.replace(ODD, escaped)
  return text === '' || utf8(text).length > MAX_NAME ? undefined : text
}

/** Returns the CIDs of pins by their file names. Of pins with one name the newest counts. */
export function cidsByFileName(pins: Iterable<Pin>): Map<string, string> {
  const found = new Map<string, string>()
  const oldestFirst = [...pins].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt))
  for (const { name, cid } of oldestFirst) {
    const file = fileNameOf(name)
    if (file !== undefined) found.set(file, cid)
  }
  return found
}
