/** The tables that a home has of itself: pins, their copies on backends, backends, cache and log. */
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '../core/bytes.js'
import type { VersionRecord } from '../datasets/dataset-record.js'
import { KitError } from '../core/errors.js'
import { openOwn, writeFully } from '../core/fs-durable.js'
import type { CacheListing, ListedBlock } from '../fetch/upstream-content.js'
import type { TableCatalog, TableSource } from '../query/ports.js'
import { backendList } from './backend-list.js'
import { cacheList } from './cache-list.js'
import { datasetList, datasetVersions } from './dataset-list.js'
import type { HomeTableName } from './home-table-names.js'
import { isHomeAbsent } from './home-there.js'
import { withMappings } from './mappings-view.js'
import { pinList } from './pin-list.js'
import type { TableScope } from './table-scope.js'
import { verifiedAt } from './verified-at.js'
import { walList } from './wal-list.js'

type Row = Readonly<Record<string, unknown>>
type Rows = Iterable<Row> | AsyncIterable<Row>

interface HomeTable {
  /** Types by column. */
  readonly columns: Readonly<Record<string, string>>
  readonly rows: (scope: TableScope) => Rows | Promise<Rows>
}

const TIME = 'TIMESTAMPTZ'

const PINS: HomeTable = {
  columns: { cid: 'VARCHAR', name: 'VARCHAR', type: 'VARCHAR', size_bytes: 'BIGINT', created_at: TIME, backends: 'VARCHAR[]' }, // prettier-ignore
  rows: async ({ services, run }) => {
    const { pins } = await pinList(services, {}, run)
    const stored = new Map<string, string[]>()
    await withMappings(services.home, (mappings) => {
      for (const copies of mappings.byCid(mappings.names))
        for (const { cid, backend, status } of copies)
          if (status === 'stored') stored.set(cid, [...(stored.get(cid) ?? []), backend])
    })
    return pins.map(({ cid, name, type, size, createdAt }) => ({
      cid,
      name,
      type,
      size_bytes: size,
      created_at: createdAt,
      backends: stored.get(cid) ?? []
    }))
  }
}

const PIN_MAPPINGS: HomeTable = {
  columns: { cid: 'VARCHAR', name: 'VARCHAR', backend_name: 'VARCHAR', status: 'VARCHAR', car_file_path: 'VARCHAR', size_bytes: 'BIGINT', created_at: 'VARCHAR', verified_at: 'VARCHAR', last_error: 'VARCHAR', metadata: 'JSON' }, // prettier-ignore
  rows: ({ services }) =>
    withMappings(services.home, (mappings) => {
      const rows: Row[] = []
      for (const copies of mappings.byCid(mappings.names))
        for (const one of copies)
          rows.push({
            cid: one.cid,
            name: one.fields['name'] ?? '',
            backend_name: one.backend,
            status: one.status,
            car_file_path: one.carPath,
            size_bytes: one.own.size ?? null,
            created_at: one.createdAt,
            verified_at: verifiedAt(one),
            last_error: one.own.last_error ?? null,
            metadata: one.fields
          })
      return rows
    })
}

const BACKENDS: HomeTable = {
  columns: { name: 'VARCHAR', type: 'VARCHAR', priority: 'DOUBLE', read_only: 'BOOLEAN', timeout_ms: 'BIGINT', state: 'VARCHAR', average_ms: 'DOUBLE', requests: 'BIGINT', blocks: 'BIGINT', bytes: 'BIGINT', missing: 'BIGINT', errors: 'BIGINT', corrupt: 'BIGINT', last_error: 'VARCHAR' }, // prettier-ignore
  rows: async ({ services, run }) => {
    const { backends } = await backendList(services, {}, run)
    return backends.map(({ name, type, priority, read_only, timeout_ms, report }) => ({
      name,
      type,
      priority,
      read_only,
      timeout_ms,
      state: report?.state ?? 'unknown',
      average_ms: report?.averageMs ?? null,
      requests: report?.requests ?? null,
      blocks: report?.blocks ?? null,
      bytes: report?.bytes ?? null,
      missing: report?.missing ?? null,
      errors: report?.errors ?? null,
      corrupt: report?.corrupt ?? null,
      last_error: report?.lastError ?? null
    }))
  }
}

const CACHE: HomeTable = {
  columns: { cid: 'VARCHAR', size_bytes: 'BIGINT', tier: 'VARCHAR', reads: 'BIGINT', backend: 'VARCHAR' }, // prettier-ignore
  rows: async ({ services, run }) => {
    if (isHomeAbsent(services.home)) return []
    const listing = await cacheList(services, { limit: MAX_BLOCKS }, run)
    return allBlocks(listing, MAX_BLOCKS).map(({ size, ...rest }) => ({
      ...rest,
      size_bytes: size
    }))
  }
}

/** Most blocks of the cache that its table has. */
const MAX_BLOCKS = 1_000_000

/** Returns the blocks of a listing that has all of them. @throws TOO_LARGE for a cache of more. */
export function allBlocks({ blocks, total }: CacheListing, most: number): readonly ListedBlock[] {
  if (total <= most || blocks.length < most) return blocks
  throw new KitError('TOO_LARGE', `the cache has ${total} blocks, and the table "cache" at most ${most}; \`ipfs-kit cache ls --limit N\` lists the hottest, \`ipfs-kit cache stats\` counts`) // prettier-ignore
}

const WAL: HomeTable = {
  columns: { operation_id: 'VARCHAR', operation_type: 'VARCHAR', status: 'VARCHAR', timestamp: TIME, updated_at: TIME, completed_at: TIME, backend: 'VARCHAR', parameters: 'MAP(VARCHAR, VARCHAR)', result: 'STRUCT(cid VARCHAR, size BIGINT, destination VARCHAR)', error: 'VARCHAR', error_type: 'VARCHAR', retry_count: 'INTEGER', max_retries: 'INTEGER', next_retry_at: TIME }, // prettier-ignore
  rows: async ({ services, run }) => {
    const { operations } = await walList(services, { all: true }, run)
    return operations.map((one) => ({
      ...one,
      timestamp: timeOf(one.timestamp),
      updated_at: timeOf(one.updated_at),
      completed_at: timeOf(one.completed_at),
      next_retry_at: timeOf(one.next_retry_at)
    }))
  }
}

const timeOf = (ms: number | null): string | null =>
  ms === null ? null : new Date(ms).toISOString()

const DATASETS: HomeTable = {
  columns: { name: 'VARCHAR', version: 'BIGINT', cid: 'VARCHAR', data_cid: 'VARCHAR', rows: 'BIGINT', size_bytes: 'BIGINT', message: 'VARCHAR', tags: 'VARCHAR[]', created_at: TIME, versions: 'BIGINT' }, // prettier-ignore
  rows: async ({ services, run }) => {
    const { datasets } = await datasetList(services, {}, run)
    return datasets.map((one) => ({ ...datasetRow(one.name, one), versions: one.versions }))
  }
}

const DATASET_VERSIONS: HomeTable = {
  columns: { name: 'VARCHAR', version: 'BIGINT', cid: 'VARCHAR', data_cid: 'VARCHAR', rows: 'BIGINT', size_bytes: 'BIGINT', message: 'VARCHAR', tags: 'VARCHAR[]', created_at: TIME }, // prettier-ignore
  rows: async ({ services, run }) => {
    const { datasets } = await datasetList(services, {}, run)
    const all = await Promise.all(datasets.map(({ name }) => datasetVersions(services, { name }, run))) // prettier-ignore
    return all.flatMap(({ name, versions }) => versions.map((one) => datasetRow(name, one)))
  }
}

const datasetRow = (name: string, one: VersionRecord): Row => ({
  name,
  version: one.version,
  cid: one.cid,
  data_cid: one.data,
  rows: one.rows,
  size_bytes: one.bytes,
  message: one.message,
  tags: one.tags,
  created_at: one.created_at
})

/** The index has a catalog of its own. */
const TABLES: Readonly<Record<Exclude<HomeTableName, 'metadata'>, HomeTable>> = {
  pins: PINS,
  pin_mappings: PIN_MAPPINGS,
  backends: BACKENDS,
  cache: CACHE,
  wal: WAL,
  datasets: DATASETS,
  dataset_versions: DATASET_VERSIONS
}

/** The rows are taken when a query asks for them, and are lines of JSON with the types beside. */
export const homeTables = (scope: TableScope): TableCatalog => ({
  names: () => Promise.resolve(Object.keys(TABLES)),
  resolve: async (name) => {
    const folded = name.toLowerCase()
    const table = (TABLES as Readonly<Record<string, HomeTable | undefined>>)[folded]
    if (table === undefined || !Object.hasOwn(TABLES, folded)) return undefined
    const { columns, rows } = table
    const file = join(scope.folder, `${folded}.ndjson`)
    await writeLines(file, await rows(scope))
    return { name, files: [file], format: 'ndjson', columns } satisfies TableSource
  }
})

async function writeLines(path: string, rows: Rows): Promise<void> {
  const fd = openOwn(path, 'replace')
  try {
    let lines: string[] = []
    const flush = (): void => {
      if (lines.length > 0) writeFully(fd, utf8(`${lines.join('\n')}\n`))
      lines = []
    }
    for await (const row of rows) {
      lines.push(JSON.stringify(row))
      if (lines.length === LINES_AT_A_TIME) flush()
    }
    flush()
  } finally {
    closeSync(fd)
  }
}

const LINES_AT_A_TIME = 4096
