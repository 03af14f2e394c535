/**
 * Takes over what another node published of its index. All of it is fetched and checked before the first record is merged, so
 * that nothing is merged of what is damaged.
 */
import { Cid } from '../core/cid.js'
import { isKitError, KitError } from '../core/errors.js'
import { isNewer } from '../metadata/claim.js'
import { indexFolder } from '../metadata/index-files.js'
import { ownNodeId } from '../metadata/node-id.js'
import type { IndexPatch } from '../metadata/patch.js'
import { checkPartition, claimsOf, type ForeignRecord } from '../metadata/published-rows.js'
import { RULES, type Role } from '../metadata/role.js'
import { indexRole } from './index-role.js'
import type { Operation } from './operation.js'
import type { Owner } from './owner.js'
import { isAddress, peerAsContent, peerOverHttp, type PeerIndex } from './peer-index.js'
import { throwIfAborted, type Run } from './run.js'
import type { Services } from './services.js'
import { target } from './target.js'
import { withContent } from './with-content.js'
import { openWorkFolder } from './work-folder.js'

export interface MetadataSyncRequest {
  /** `http://HOST:PORT`, `https://…`, `unix:/path/to/run/socket`, or a CIDPATH: a CID, `/ipns/…`. */
  readonly peer: string
  /** File with the token of the peer's engine. */
  readonly tokenFile?: string | undefined
  /** CIDs whose records a worker keeps though it has none of its own. */
  readonly cids?: readonly string[]
}

export interface MetadataSyncResult {
  readonly cid: string
  /** The node that published it. */
  readonly node: string
  readonly role: Role
  /** Records that it has. */
  readonly records: number
  /** Records that were new here, or newer than those here. */
  readonly merged: number
}

/** Changes of one call to the owner. */
const BATCH = 2000

/** @throws INTEGRITY, CORRUPT_FORMAT for what is damaged; BACKEND_UNAVAILABLE, TIMEOUT, CREDENTIALS, ACCESS_DENIED; USAGE. */
export const metadataSync: Operation<MetadataSyncRequest, MetadataSyncResult> = async (
  services,
  request,
  run
) => {
  const { peer, tokenFile } = request
  if (isAddress(peer)) return await syncWith(services, await peerOverHttp(peer, tokenFile, run), request, run) // prettier-ignore
  return await withContent(services, run, true, async (view) => {
    const { cid } = await target(view, services, peer)
    return await syncWith(services, await peerAsContent(view, cid, run), request, run)
  })
}

async function syncWith(
  services: Services,
  peer: PeerIndex,
  { peer: name, cids = [] }: MetadataSyncRequest,
  run: Run
): Promise<MetadataSyncResult> {
  const { home } = services
  const { publication } = peer
  const role = indexRole(home)
  const asked = new Set(cids.map((cid) => String(Cid.parse(cid))))
  const work = openWorkFolder(indexFolder(home))
  try {
    const files = await fetchAll(peer, name, work.folder, run)
    const merged = await mergeAll(services, files, { keepsAll: RULES[role].keeps === 'all', asked }, run) // prettier-ignore
    const { node, rows: records } = publication
    return { cid: String(peer.cid), node, role: publication.role, records, merged }
  } finally {
    work.close()
  }
}

async function fetchAll(
  peer: PeerIndex,
  name: string,
  folder: string,
  run: Run
): Promise<readonly string[]> {
  const files: string[] = []
  for (const partition of peer.publication.partitions) {
    throwIfAborted(run)
    try {
      const file = await peer.fetch(partition, folder)
      await checkPartition(file, partition, Date.now())
      files.push(file)
    } catch (error) {
      if (!isKitError(error, 'INTEGRITY') && !isKitError(error, 'CORRUPT_FORMAT')) throw error
      throw new KitError('INTEGRITY', `nothing was taken over from ${name}: partition ${partition.cid}: ${error.message}`, { cause: error }) // prettier-ignore
    }
  }
  return files
}

interface Keeping {
  readonly keepsAll: boolean
  readonly asked: ReadonlySet<string>
}

async function mergeAll(
  services: Services,
  files: readonly string[],
  keeping: Keeping,
  run: Run
): Promise<number> {
  const self = ownNodeId(services.home)
  const owner = await services.openOwner(run)
  try {
    let merged = 0
    for (const file of files) merged += await mergeFile(services, owner, file, self, keeping, run)
    if (merged > 0) await owner.settleIndex(false)
    return merged
  } finally {
    owner.close()
  }
}

async function mergeFile(
  services: Services,
  owner: Owner,
  file: string,
  self: string,
  keeping: Keeping,
  run: Run
): Promise<number> {
  let merged = 0
  let batch: ForeignRecord[] = []
  const flush = async (): Promise<void> => {
    throwIfAborted(run)
    const patches = await patchesOf(services, batch, keeping)
    if (patches.length > 0) await owner.recordIndex(patches)
    merged += patches.length
    batch = []
  }
  for await (const record of claimsOf(file, self)) {
    batch.push(record)
    if (batch.length === BATCH) await flush()
  }
  await flush()
  return merged
}

/** Returns the changes that some records of another node are. */
function patchesOf(
  services: Services,
  records: readonly ForeignRecord[],
  { keepsAll, asked }: Keeping
): Promise<readonly IndexPatch[]> {
  const at = Date.now()
  return services.index.use((index) =>
    records.flatMap(({ cid, claim }): IndexPatch[] => {
      const known = index.get(cid)
      if (known === undefined) return keepsAll || asked.has(cid) ? [{ cid, at, claim }] : []
      return isNewer(claim, known) ? [{ cid, at, claim }] : []
    })
  )
}
