/** What this home published last: the block, and of which files of the index each partition was made. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Cid } from '../core/cid.js'
import { ifPresent, replaceFile } from '../core/fs-durable.js'
import type { FileMark } from '../core/file-switch.js'
import { indexFolder } from './index-files.js'
import type { PartitionStatistics, PublishedPartition } from './publication.js'
import type { Role } from './role.js'

const FILE = 'published.json'

/** A partition of the index as it was published; null where it has no records for others. */
export interface MadePartition {
  readonly mark: FileMark
  readonly made: (PartitionStatistics & { readonly cid: string; readonly bytes: number; readonly tsize: number }) | null // prettier-ignore
}

/** Where a name leads to what was published, by whose word. */
export interface PublishedName {
  readonly backend: string
  /** `/ipns/…`. */
  readonly name: string
  readonly cid: string
  /** Ms since 1970. */
  readonly at: number
}

export interface Published {
  readonly format: 1
  readonly node: string
  readonly role: Role
  readonly root: string
  /** By the number of the partition. */
  readonly partitions: Readonly<Record<string, MadePartition>>
  readonly names: readonly PublishedName[]
}

const fileOf = (home: string): string => join(indexFolder(home), FILE)

/** Returns undefined where nothing was published, or where that is not told: it is made anew then. */
export function readPublished(home: string): Published | undefined {
  const bytes = ifPresent(() => readFileSync(fileOf(home)))
  if (bytes === undefined) return undefined
  try {
    const value = JSON.parse(bytes.toString()) as Published
    return value.format === 1 && typeof value.root === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

export const writePublished = (home: string, published: Published): void =>
  replaceFile(fileOf(home), Buffer.from(JSON.stringify(published)))

export const partitionOf = (made: NonNullable<MadePartition['made']>): PublishedPartition => ({
  ...made,
  cid: Cid.parse(made.cid)
})
