/** The C programs of the benchmarks, compiled where there is a compiler. */
import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensurePrograms } from './programs.js'

/** From dist/bench/peers, where this file is when it runs. */
const BENCH = fileURLToPath(new URL('../../../bench/', import.meta.url))

/**
 * Compile a program of one file.
 * @param source below the folder of the benchmarks.
 * @param install whether a compiler that is missing is installed.
 * @returns its path; undefined where it cannot be compiled.
 */
export function compile(source: string, folder: string, install: boolean): string | undefined {
  if (!ensurePrograms(['gcc'], install)) return undefined
  const program = join(folder, basename(source, '.c'))
  const args = ['-O2', '-pthread', '-o', program, join(BENCH, source)]
  const { status, stderr } = spawnSync('gcc', args, { encoding: 'utf8' })
  if (status === 0) return program
  console.error(`${source} does not compile: ${stderr}`)
  return undefined
}
