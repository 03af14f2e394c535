/** Copies a version to a folder of files, with cards about it for those who ask for them. */
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { utf8 } from '../core/bytes.js'
import { KitError } from '../core/errors.js'
import { usualMode } from '../core/new-file.js'
import { CROISSANT_FILE, croissantOf } from '../datasets/croissant.js'
import type { DataFile, Described } from '../datasets/description.js'
import { CARD_FILE, huggingFaceCard } from '../datasets/hugging-face-card.js'
import { findVersion } from './dataset-versions.js'
import { get } from './get.js'
import type { Operation } from './operation.js'
import type { Run } from './run.js'
import { withContent } from './with-content.js'

/** Cards by who reads them. */
const CARDS = {
  huggingface: { file: CARD_FILE, write: huggingFaceCard },
  croissant: { file: CROISSANT_FILE, write: croissantOf }
} as const
export type CardFormat = keyof typeof CARDS

export interface DatasetCheckoutRequest {
  /** `NAME[@VERSION]`, or the CID of a version. */
  readonly ref: string
  /** The folder to make, which must not exist. */
  readonly output: string
  /** Cards that are written beside the files. */
  readonly cards?: readonly CardFormat[]
}

export interface CheckedOut {
  readonly cid: string
  readonly data: string
  readonly output: string
}

/**
 * Copies the files of a version to a new folder.
 * @throws EXISTS, also for a card that the version itself has; NO_SPACE, and as `findVersion`.
 */
export const datasetCheckout: Operation<DatasetCheckoutRequest, CheckedOut> = async (
  services,
  { ref, output, cards = [] },
  run
) => {
  const { cid, version } = await withContent(services, run, true, async (view) => {
    const found = await findVersion(services.home, view, ref)
    for (const card of cards) {
      const { file } = CARDS[card]
      const own = await view.whenReady(() => view.content.child(found.version.data, utf8(file)))
      if (own !== undefined) throw new KitError('EXISTS', `${ref} has a file ${file} of its own, which is copied without --metadata ${card}`) // prettier-ignore
    }
    return found
  })
  const data = String(version.data)
  const made = await get(services, { path: data, output }, run)
  if (cards.length > 0) {
    const files = await filesIn(made.output, '', run)
    const described: Described = { ...version, cid: String(cid), files }
    for (const card of cards) {
      const { file, write } = CARDS[card]
      writeFileSync(join(made.output, file), await write(described), { flag: 'wx', mode: usualMode('file') }) // prettier-ignore
    }
  }
  return { cid: String(cid), data, output }
}

async function filesIn(root: string, path: string, run: Run): Promise<DataFile[]> {
  const files: DataFile[] = []
  const entries = readdirSync(join(root, path), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) files.push(...(await filesIn(root, below, run)))
    else if (entry.isFile() && entry.name.endsWith('.parquet')) {
      const hash = createHash('sha256')
      await pipeline(createReadStream(join(root, below)), hash, { signal: run.signal })
      files.push({ path: below, bytes: statSync(join(root, below)).size, sha256: hash.digest('hex') }) // prettier-ignore
    }
  }
  return files
}
