/** Statements of our own, which know their files. */
import { basename, dirname, join } from 'node:path'
import type { JobScope } from './job-scope.js'
import type { JobLimits } from './messages.js'
import type { ScriptRequest, SqlRows } from './ports.js'
import { readRows } from './read-result.js'
import { openSandbox } from './sandbox.js'

const DEFAULT_ROWS = 1000

/** Runs all statements and returns the rows of the last one. */
export async function runScript(
  request: ScriptRequest,
  limits: JobLimits,
  scope: JobScope
): Promise<SqlRows> {
  const { folders = [] } = request
  const sandbox = await openSandbox(limits, { files: filesOf(request), folders }, scope.instance())
  try {
    await sandbox.lock()
    scope.started(sandbox.connection)
    const { text, parameters = {}, maxRows = DEFAULT_ROWS } = request
    return await readRows(sandbox.connection, text, parameters, maxRows)
  } finally {
    sandbox.close()
  }
}

/** The files of a script, with the name under which COPY writes a file that it replaces. */
const filesOf = ({ reads = [], writes = [] }: ScriptRequest): readonly string[] => [
  ...reads,
  ...writes.flatMap((path) => [path, join(dirname(path), `tmp_${basename(path)}`)])
]
