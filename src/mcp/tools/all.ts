/** All tools, in the order in which they are listed. */
import type { Tool } from '../tool.js'
import { cacheStatsTool } from './cache-stats.js'
import { ipfsAdd } from './ipfs-add.js'
import { ipfsCat } from './ipfs-cat.js'
import { ipfsLs } from './ipfs-ls.js'
import { parquetList } from './parquet-list.js'
import { parquetQuery } from './parquet-query.js'
import { parquetRetrieve } from './parquet-retrieve.js'
import { parquetStore } from './parquet-store.js'
import { systemHealth } from './system-health.js'
import { vfsCat } from './vfs-cat.js'
import { vfsInfo } from './vfs-info.js'
import { vfsLs } from './vfs-ls.js'
import { walStatusTool } from './wal-status.js'

export const TOOLS: readonly Tool[] = [
  ipfsCat,
  ipfsLs,
  ipfsAdd,
  parquetList,
  parquetQuery,
  parquetRetrieve,
  parquetStore,
  vfsLs,
  vfsCat,
  vfsInfo,
  systemHealth,
  cacheStatsTool,
  walStatusTool
]
