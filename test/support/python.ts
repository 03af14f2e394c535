/** The Python that has the libraries of tables; `.ci/prepare` makes it. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './cli.js'

export const PYTHON = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'ipfs-kit/python-2/bin/python'
)

/** Why tests that need it are skipped; false where it is there. */
export const skipWithoutPython = existsSync(PYTHON)
  ? false
  : 'the Python readers are not installed (.ci/prepare)'

/** Runs a script that prints JSON. @returns what it printed. */
export async function python<T>(script: string, ...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await runProgram(PYTHON, ['-c', script, ...args])
  if (code !== 0) throw new Error(`python: exit ${code}: ${stderr}`)
  return JSON.parse(stdout.toString()) as T
}
