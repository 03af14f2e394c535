/** Tells what the index has, the role of this node, and what it published last. */
import { nodeId } from '../metadata/node-id.js'
import { readPublished, type PublishedName } from '../metadata/publication-file.js'
import { RULES, type Role, type RoleRules } from '../metadata/role.js'
import { indexRole } from './index-role.js'
import type { Operation } from './operation.js'

export interface MetadataStatusResult extends RoleRules {
  readonly role: Role
  /** The id by which other nodes know this one; null before it published or took over anything. */
  readonly node: string | null
  /** Records in the files. */
  readonly records: number
  readonly partitions: number
  /** Changes that the files lack. */
  readonly pending: number
  readonly published: { readonly cid: string; readonly names: readonly PublishedName[] } | null
}

/** @throws CONFIG_INVALID, CORRUPT_FORMAT. */
export const metadataStatus: Operation<object, MetadataStatusResult> = async (services) => {
  const { home } = services
  const role = indexRole(home)
  const published = readPublished(home)
  const counts = await services.index.use(({ tableRows, pending, partitions }) => ({
    records: tableRows,
    partitions: partitions.length,
    pending
  }))
  return {
    role,
    ...RULES[role],
    node: nodeId(home) ?? null,
    ...counts,
    published: published === undefined ? null : { cid: published.root, names: published.names }
  }
}
