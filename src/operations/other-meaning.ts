/** What was probably meant by a text that names no content: a file here, or a pin by its name. */
import { existsSync } from 'node:fs'
import { isKitError, KitError } from '../core/errors.js'
import { StoreLayout } from '../store/layout.js'
import { cidsByFileName } from '../store/pin-names.js'
import { readPins } from '../store/pins.js'

/** Reads a text as content. @throws INVALID_CID, with what the text may mean instead. */
export function withHint<T>(text: string, home: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isKitError(error, 'INVALID_CID')) throw error
    const hint = hintOf(text, home)
    if (hint === undefined) throw error
    throw new KitError('INVALID_CID', `${error.message}; ${hint}`, { cause: error })
  }
}

function hintOf(text: string, home: string): string | undefined {
  const cid = cidsByFileName(readPins(new StoreLayout(home).pins).values()).get(text)
  if (cid !== undefined)
    return `a pin has this name: its CID is ${cid} (in a mount, ipfs/.names/${text} leads there)`
  if (existsSync(text))
    return `it is a file here: \`ipfs-kit add ${text}\` adds it and gives its CID`
  return undefined
}
