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
  /** Keeps statements from changing a setting, but for some that do no harm. */
  lock(except?: readonly string[]): Promise<void>
  close(): void
}

/**
 * An instance without files yet. Making one takes longer than many statements, so that it can be made
 * ahead of its job.
 */
export interface BareInstance {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
}

/** @param temporary a folder of its own, for what does not fit in memory. */
export async function openBareInstance(temporary: string): Promise<BareInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    threads: String(availableParallelism()),
    temp_directory: temporary
  })
  const connection = await instance.connect()
  // DuckDB counts what is done only where it would show it; the interface of processes reads it.
  await connection.run("SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 500; SET TimeZone = 'UTC'") // prettier-ignore
  return { instance, connection }
}

/** Makes an instance the sandbox of one job, which has it from then on. */
export async function openSandbox(
  limits: JobLimits,
  allowed: Allowed,
  bare: Promise<BareInstance>
): Promise<Sandbox> {
  const { instance, connection } = await bare
  const { files, folders = [] } = allowed
  const settings = [
    `memory_limit = '${limits.memoryBytes}B'`,
    `max_temp_directory_size = '${limits.maxTemporaryBytes}B'`,
    `allowed_paths = ${list(files)}`,
    ...(folders.length > 0 ? [`allowed_directories = ${list(folders)}`] : []),
    'enable_external_access = false'
  ]
  await connection.run(settings.map((one) => `SET ${one}`).join('; '))
  return {
    connection,
    connect: () => instance.connect(),
    lock: async (except = []) => {
      await connection.run(`SET allowed_configs = ${list(except)}; SET lock_configuration = true`)
    },
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
