/** Opens what runs SQL: processes of this one, or of the engine. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ifPresent, makeDir } from '../core/fs-durable.js'
import { isHomeAbsent } from '../operations/home-there.js'
import type { OpenedSql } from '../operations/services.js'
import { SqlProcesses } from '../query/processes.js'
import { OwnerClient } from '../service/owner-client.js'
import { RpcSql } from '../service/rpc-sql.js'
import { makeRunFolder, socketPath } from '../service/run-folder.js'

/** Limits for what is no question of a user. */
const LIMITS = { memoryBytes: 1 << 30, deadlineMs: 3_600_000, maxTemporaryBytes: 100e9 }
/** Folders of processes that were killed are removed when they are that old. */
const LEFT_BEHIND_MS = 24 * 3_600_000

/** Opens what runs SQL for one command: the warm processes of the engine where one runs. */
export async function openSql(home: string): Promise<OpenedSql> {
  const own = ownSql(home)
  const client = isHomeAbsent(home) ? undefined : await OwnerClient.connect(socketPath(home))
  return client === undefined ? own : through(client, own)
}

function through(client: OwnerClient, own: OpenedSql): OpenedSql {
  const sql = new RpcSql(client, own.sql, LIMITS)
  return {
    sql,
    folder: own.folder,
    close: () => {
      sql.close()
      own.close()
    }
  }
}

/** Makes processes of this process, which start with the first work, and a folder for them. */
export function ownSql(home: string): OpenedSql {
  const folder = makeSqlFolder(home)
  const sql = new SqlProcesses({ folder: () => folder, limits: LIMITS })
  return {
    sql,
    folder,
    close: () => {
      sql.close()
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Makes a folder of this process for the files of queries: in the home, on whose disk there is room. */
function makeSqlFolder(home: string): string {
  if (isHomeAbsent(home)) return mkdtempSync(join(tmpdir(), 'ipfs-kit-sql-'))
  const parent = join(makeRunFolder(home), 'sql')
  makeDir(parent)
  removeLeftBehind(parent)
  return mkdtempSync(join(parent, `${process.pid}-`))
}

function removeLeftBehind(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name)
    const changed = ifPresent(() => statSync(path))?.mtimeMs ?? Date.now()
    if (Date.now() - changed > LEFT_BEHIND_MS) rmSync(path, { recursive: true, force: true })
  }
}
