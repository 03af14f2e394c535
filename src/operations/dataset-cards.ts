/** Cards among the files that become a dataset: what they say goes into the metadata of the version. */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { textOf, utf8 } from '../core/bytes.js'
import type { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { READ_FLAGS } from '../core/read-file.js'
import { CROISSANT_FILE, readCroissant } from '../datasets/croissant.js'
import { CARD_FILE, readHuggingFaceCard } from '../datasets/hugging-face-card.js'
import type { Metadata } from '../datasets/version-block.js'
import type { ContentView } from './content-view.js'
import { formatIn, hasTableName, type DatasetSource } from './dataset-inputs.js'
import type { Run } from './run.js'

/** Bytes of the largest card that is read. */
const MAX_CARD = 8 << 20

/** In the order in which they are read: of words that both have, those of the last stay. */
const READERS: Readonly<Record<string, (text: string) => Metadata | Promise<Metadata>>> = {
  [CROISSANT_FILE]: readCroissant,
  [CARD_FILE]: readHuggingFaceCard
}

const isCardName = (name: string): boolean => Object.hasOwn(READERS, name)

export interface CardedSources {
  readonly sources: readonly DatasetSource[]
  readonly metadata: Metadata
}

/**
 * Takes the cards out of what is given, and gives the files of tables in place of their folder.
 * @throws CORRUPT_FORMAT naming a card, INVALID_ARGUMENT for a folder of partitions, of several formats or without tables.
 */
export async function withoutCards(given: readonly DatasetSource[]): Promise<CardedSources> {
  const all = given.flatMap((one) => (typeof one === 'string' && isFolder(one) ? filesBelow(one) : [one])) // prettier-ignore
  const isCard = (one: DatasetSource, name: string): one is string => typeof one === 'string' && basename(one) === name // prettier-ignore
  let metadata: Metadata = {}
  for (const [name, read] of Object.entries(READERS))
    for (const card of all.filter((one) => isCard(one, name))) {
      const text = textOfCard(card)
      metadata = { ...metadata, ...(await naming(card, () => read(text))) }
    }
  const sources = all.filter((one) => typeof one !== 'string' || !isCardName(basename(one)))
  return { sources, metadata }
}

const isFolder = (path: string): boolean => ifPresent(() => statSync(path))?.isDirectory() === true

function filesBelow(folder: string): string[] {
  const files: string[] = []
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const below = join(path, entry.name)
      if (/^[._]/.test(entry.name)) continue
      if (entry.isDirectory() && entry.name.includes('=')) throw new KitError('INVALID_ARGUMENT', `${below} is a folder of a partition, whose value would be lost; add ${folder} and take it with \`ipfs-kit dataset adopt NAME CID\``) // prettier-ignore
      if (entry.isDirectory()) walk(below)
      else if (hasTableName(below) || (path === folder && isCardName(entry.name))) files.push(below)
    }
  }
  walk(folder)
  const tables = oneFormat(folder, files.filter((path) => !isCardName(basename(path)))) // prettier-ignore
  if (tables.length > 0)
    return files.filter((path) => isCardName(basename(path)) || tables.includes(path))
  throw new KitError('INVALID_ARGUMENT', `${folder} is a folder without a file of a table, such as *.parquet or *.csv`) // prettier-ignore
}

/** What Hugging Face's libraries lay beside the files of a dataset. */
const BESIDE = ['dataset_infos.json', 'dataset_info.json', 'dataset_dict.json', 'state.json', 'config.json'] // prettier-ignore

/** Returns the files that are tables of one format. @throws INVALID_ARGUMENT for several. */
function oneFormat(folder: string, files: readonly string[]): readonly string[] {
  const isOther = (path: string): boolean => !BESIDE.includes(basename(path))
  const tables = files.some(isOther) ? files.filter(isOther) : files
  const [first] = tables
  const other = tables.find((path) => formatIn(path) !== formatIn(first!))
  if (other === undefined) return tables
  throw new KitError('INVALID_ARGUMENT', `${folder} has files of several formats, such as ${first} and ${other}; give those of the table, as ${folder}/*${extname(first!)}`) // prettier-ignore
}

function textOfCard(path: string): string {
  const fd = openSync(path, READ_FLAGS)
  try {
    const bytes = Buffer.alloc(MAX_CARD + 1)
    const length = readSync(fd, bytes, 0, bytes.length, 0)
    if (length > MAX_CARD) throw new KitError('CORRUPT_FORMAT', `${path} is longer than ${MAX_CARD} bytes`) // prettier-ignore
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(fd)
  }
}

async function naming<T>(card: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
    throw new KitError('CORRUPT_FORMAT', `${card}: ${error.message}`, { cause: error })
  }
}

/** Returns what the cards of a folder in the store say; one that cannot be read is warned of. */
export async function cardsOf(view: ContentView, folder: Cid, run: Run): Promise<Metadata> {
  let metadata: Metadata = {}
  for (const [name, read] of Object.entries(READERS)) {
    const cid = await view.whenReady(() => view.content.child(folder, utf8(name)))
    if (cid === undefined) continue
    const { type, size } = await view.whenReady(() => view.content.stat(cid))
    if (type !== 'file' || size > MAX_CARD) continue
    const bytes = Buffer.alloc(size)
    await view.whenReady(() => view.content.read(cid, 0, bytes, 0, size))
    try {
      metadata = { ...metadata, ...(await read(textOf(bytes) ?? '')) }
    } catch (error) {
      if (!isKitError(error, 'CORRUPT_FORMAT')) throw error
      run.warn(`${name} is left out: ${error.message}`)
    }
  }
  return metadata
}
