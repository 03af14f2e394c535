/** An instance of DuckDB that reads and writes the named files and nothing else. */
import { availableParallelism } from 'node:os'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { JobLimits } from './messages.js'

export interface Allowed {
  readonly files: readonly string[]
  readonly folders?: readonly string[]
}

export interface Sandbox {
  readonly connection: DuckDBConnection
  /** Returns a further connection to the same tables. */
  connect(): Promise<DuckDBConnection>
  /** Keeps statements from changing a setting. */
  lock(): Promise<void>
  close(): void
}

/** @param temporary a folder of its own, for what does not fit in memory. */
export async function openSandbox(
  limits: JobLimits,
  allowed: Allowed,
  temporary: string
): Promise<Sandbox> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    memory_limit: `${limits.memoryBytes}B`,
    threads: String(availableParallelism()),
    temp_directory: temporary,
    max_temp_directory_size: `${limits.maxTemporaryBytes}B`
  })
  const connection = await instance.connect()
  const folders = allowed.folders ?? []
  // DuckDB counts what is done only where it would show it; the interface of processes reads it.
  await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 500') // prettier-ignore
  await connection.run(`SET TimeZone = 'UTC'; SET allowed_paths = ${list(allowed.files)}`)
  if (folders.length > 0) await connection.run(`SET allowed_directories = ${list(folders)}`)
  await connection.run('SET enable_external_access = false')
  return {
    connection,
    connect: () => instance.connect(),
    lock: () => connection.run('SET lock_configuration = true').then(() => undefined),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    }
  }
}

const list = (texts: readonly string[]): string => `[${texts.map(quoted).join(', ')}]::VARCHAR[]`

/** Returns a text as SQL writes it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Returns a name as SQL writes it. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`
