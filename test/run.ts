/**
 * Runs every test file (or those whose path holds one of the words given), two at a time where they
 * may, shows what fails, and closes with one line of counts. Each file is a process of its own.
 */
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser, type Result } from 'tap-parser'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const FILE_TIMEOUT_MS = 45 * 60_000
/** Engines of several tests run at a time: those alone listen at ports that a test names. */
const NO_PORTS = { IPFS_KIT_SERVICE_LISTEN: 'off', IPFS_KIT_GATEWAY_LISTEN: 'off' }
/**
 * Tests that make mount namespaces. Each namespace holds every mount of the machine, those of the
 * tests beside it too, whose engines then do not end when they are unmounted: so nothing runs beside
 * these.
 */
const ALONE = ['e2e/fstab.', 'e2e/service.', 'mount/held.', 'mount/namespaces.']

interface Outcome {
  readonly file: string
  passed: number
  failed: number
  skipped: number
  readonly notes: string[]
}

function testFiles(words: readonly string[]): string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort()
}

function describeFailure({ name, fullname, diag }: Result): string {
  const detail: unknown = diag
  return `  not ok ${fullname} > ${name}\n${JSON.stringify(detail, null, 2)}`
}

function runFile(file: string): Promise<Outcome> {
  const outcome: Outcome = { file, passed: 0, failed: 0, skipped: 0, notes: [] }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', join(FOLDER, file)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...NO_PORTS, TAP_BAIL: '0', TAP_TIMEOUT: '2700' }
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), FILE_TIMEOUT_MS)
    let stderr = ''
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    const parser = new Parser()
    const watch = (one: Parser): void => {
      one.on('child', watch)
      one.on('assert', (result: Result) => {
        if (result.skip !== false && result.skip !== undefined) {
          outcome.skipped++
          outcome.notes.push(`  skipped ${result.name}: ${String(result.skip)}`)
        } else if (result.ok) outcome.passed++
        else {
          outcome.failed++
          if (result.diag !== null || !result.name.endsWith('.js'))
            outcome.notes.push(describeFailure(result))
        }
      })
    }
    watch(parser)
    child.stdout.pipe(parser)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code !== 0 && outcome.failed === 0) {
        outcome.failed++
        outcome.notes.push(`  ended with ${signal ?? code}`)
      }
      if (outcome.failed > 0 && stderr !== '') outcome.notes.push(stderr.trimEnd())
      if (outcome.passed + outcome.failed + outcome.skipped === 0) {
        outcome.failed++
        outcome.notes.push('  no test ran')
      }
      resolve(outcome)
    })
  })
}

/** Returns a line for each failure of a file, so that the end of a long output names all of them. */
function summaryOfFailures({ file, failed, notes }: Outcome): string[] {
  if (failed === 0) return []
  const told = notes.map((note) => note.split('\n', 1)[0]!.trim()).slice(0, 10)
  return [`failed: ${file}`, ...told.map((line) => `  ${line.slice(0, 300)}`)]
}

async function main(): Promise<number> {
  const files = testFiles(process.argv.slice(2))
  const outcomes: Outcome[] = []
  const isAlone = (file: string): boolean => ALONE.some((name) => file.startsWith(name))
  const lane = async (queue: string[]): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const started = Date.now()
      const outcome = await runFile(file)
      outcomes.push(outcome)
      const seconds = ((Date.now() - started) / 1000).toFixed(1)
      const mark = outcome.failed > 0 ? 'FAIL' : 'ok  '
      console.log(
        `${mark} ${relative('.', file)}  ${outcome.passed} passed, ${outcome.failed} failed  ${seconds} s`
      )
      for (const note of outcome.notes) console.log(note)
    }
  }
  const beside = files.filter((file) => !isAlone(file))
  const lanes = Math.max(1, Math.min(2, cpus().length))
  await Promise.all(Array.from({ length: lanes }, () => lane(beside)))
  await lane(files.filter(isAlone))
  const sum = (key: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0)
  for (const line of outcomes.flatMap(summaryOfFailures)) console.log(line)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') > 0 || files.length === 0 ? 1 : 0
}

process.exitCode = await main()
