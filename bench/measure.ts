/** Running a command as a user would, and what it cost: wall time and peak resident memory. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url))
const PEAK = new URL('./peak.js', import.meta.url).href

export interface Cost {
  /** From the start of the process to its end. */
  readonly seconds: number
  /** Peak resident bytes; 0 where the command is not ours. */
  readonly peakBytes: number
  readonly stdout: string
}

/** Run one of our commands. @throws when it fails. */
export async function kit(scratch: string, home: string, ...args: string[]): Promise<Cost> {
  const report = join(scratch, 'peak')
  rmSync(report, { force: true })
  const cost = await run([process.execPath, MAIN, '--home', home, ...args], {
    NODE_OPTIONS: `--import=${PEAK}`,
    IPFS_KIT_BENCH_PEAK: report
  })
  return { ...cost, peakBytes: Number(readFileSync(report, 'utf8')) }
}

/** As `kit`, with nothing loaded into it: for what is so short that measuring memory would show. */
export const bareKit = (home: string, ...args: string[]): Promise<Cost> =>
  run([process.execPath, MAIN, '--home', home, ...args])

/** Run any command, by a shell. @throws when it fails. */
export const shell = (line: string): Promise<Cost> => run(['sh', '-c', line])

async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Promise<Cost> {
  const [program, ...args] = command
  const started = process.hrtime.bigint()
  const child = spawn(program!, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env }
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
  return { seconds, peakBytes: 0, stdout: stdout.trim() }
}

/**
 * What was written before must not be written back at the cost of what is measured. And memory of
 * a virtual machine may be backed only when it is first touched, which made whoever came first
 * twice as slow: the page cache is filled with `mebibytes` and emptied, so that all find warm pages.
 */
export function settle(scratch: string, mebibytes: number): void {
  const warm = join(scratch, 'warm')
  spawnSync('dd', ['if=/dev/zero', `of=${warm}`, 'bs=1M', `count=${mebibytes}`])
  spawnSync('sync')
  rmSync(warm)
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
