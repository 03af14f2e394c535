/** The name by which other nodes know the index of this home: made once, and told to nobody before something is published. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KitError } from '../core/errors.js'
import { ifPresent, makeSubfolder, writeFileDurable } from '../core/fs-durable.js'
import { indexFolder } from './index-files.js'

export const NODE_ID = /^[0-9a-f]{32}$/
const FILE = 'node'

/** Returns the id of a home; undefined where it has none yet. @throws CORRUPT_FORMAT. */
export function nodeId(home: string): string | undefined {
  const file = join(indexFolder(home), FILE)
  const text = ifPresent(() => readFileSync(file, 'latin1'))?.trim()
  if (text === undefined || NODE_ID.test(text)) return text
  throw new KitError('CORRUPT_FORMAT', `${file} is no id of a node, which has 32 hexadecimal digits; remove it to get a new one`) // prettier-ignore
}

/** As `nodeId`; makes one where there is none. */
export function ownNodeId(home: string): string {
  const known = nodeId(home)
  if (known !== undefined) return known
  const id = randomBytes(16).toString('hex')
  makeSubfolder(indexFolder(home))
  writeFileDurable(join(indexFolder(home), FILE), [Buffer.from(`${id}\n`)])
  return id
}
