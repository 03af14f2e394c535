/** The datasets of a home as a serving thread reads them: from their records, again when those were replaced. */
import { statSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import type { DatasetPort, DatasetsPort } from '../../vfs/ports.js'
import type { Content } from '../content/content.js'
import { utf8 } from '../core/bytes.js'
import { Cid, DAG_CBOR } from '../core/cid.js'
import { isKitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'
import { symlinkCid } from '../formats/symlink-cid.js'
import { datasetNames, datasetsFolder, recordPath, readDataset } from './dataset-files.js'
import { versionOf, type DatasetRecord } from './dataset-record.js'
import { checkDatasetName } from './dataset-name.js'
import { decodeVersion } from './version-block.js'

/** Records that are kept, as they were read. */
const MAX_KEPT = 100

interface Kept {
  /** What tells this file from any other that has its path. */
  readonly stamp: string
  readonly dataset: DatasetPort
  readonly record: DatasetRecord
}

export class DatasetsView implements DatasetsPort {
  readonly #home: string
  readonly #content: Content
  readonly #kept = new LRUCache<string, Kept>({ max: MAX_KEPT })

  constructor(home: string, content: Content) {
    this.#home = home
    this.#content = content
  }

  names(): readonly string[] {
    return datasetNames(this.#home)
  }

  find(name: string): DatasetPort | undefined {
    return this.#read(name)?.dataset
  }

  cids(): readonly string[] {
    const all = this.names().flatMap((name) => this.#read(name)?.record.versions ?? [])
    return [...new Set(all.map(({ cid }) => cid))]
  }

  data(cid: Cid): Cid | undefined {
    if (cid.codec !== DAG_CBOR) return this.#content.stat(cid).type === 'symlink' ? undefined : cid
    try {
      return decodeVersion(cid, this.#content.blocks.get(cid)).data
    } catch (error) {
      if (isKitError(error, 'CORRUPT_FORMAT')) return undefined
      throw error
    }
  }

  changedAt(): number | undefined {
    return ifPresent(() => statSync(datasetsFolder(this.#home)))?.mtimeMs
  }

  #read(name: string): Kept | undefined {
    if (!isName(name)) return undefined
    const stat = ifPresent(() => statSync(recordPath(this.#home, name), { bigint: true }))
    if (stat === undefined) return undefined
    const stamp = `${stat.ino} ${stat.mtimeNs} ${stat.size}`
    const kept = this.#kept.get(name)
    if (kept?.stamp === stamp) return kept
    const record = readDataset(this.#home, name)
    if (record === undefined) return undefined
    const read = { stamp, record, dataset: portOf(record, Number(stat.mtimeMs)) }
    this.#kept.set(name, read)
    return read
  }
}

function portOf(record: DatasetRecord, changedAt: number): DatasetPort {
  const versions = new Map(record.versions.map((one) => [`v${one.version}`, Cid.parse(one.data)]))
  const link = (name: string): Cid | undefined => {
    try {
      const { version } = versionOf(record, { name: record.name, version: name })
      return symlinkCid(utf8(`v${version}`))
    } catch (error) {
      if (isKitError(error)) return undefined
      throw error
    }
  }
  return { versions, changedAt, link }
}

function isName(name: string): boolean {
  try {
    checkDatasetName(name)
    return true
  } catch (error) {
    if (isKitError(error)) return false
    throw error
  }
}
