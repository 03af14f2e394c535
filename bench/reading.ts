/** What is done with a tree, and how fast that was. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MIB } from './data.js'
import type { Part } from './peers/place.js'
import type { Unit } from './report.js'
import type { Scale } from './scale.js'

export interface Measure {
  readonly what: string
  readonly unit: Unit
  /** What it reads: only that is warmed. */
  readonly part: Part
  /** @returns the figure. */
  readonly run: (path: string) => number
}

const SMALL_READS = 1000
/** Random reads of each job; who is slower than the scale's seconds is cut off there. */
const RANDOM_READS = 16_384

const count = (n: number): string => n.toLocaleString('en-US')

export const readingMeasures = (scale: Scale): Measure[] => [
  {
    what: `sequential read of ${scale.fileMiB} MiB`,
    unit: 'MB/s',
    part: 'file',
    run: (path) => (scale.fileMiB * MIB) / 1e6 / secondsOf(() => readWhole(path))
  },
  randomReads(1, scale),
  randomReads(4, scale),
  {
    what: `open, read, close ${count(Math.min(SMALL_READS, scale.files))} files, listed`,
    unit: 'files/s',
    part: 'folder',
    run: (path) => {
      const names = readdirSync(path).slice(0, SMALL_READS)
      const seconds = secondsOf(() => {
        for (const name of names) readFileSync(join(path, name))
      })
      return names.length / seconds
    }
  },
  {
    what: `stat of ${count(scale.files)}`,
    unit: 'files/s',
    part: 'folder',
    run: (path) =>
      scale.files /
      secondsOf(() => {
        for (const name of readdirSync(path)) statSync(join(path, name))
      })
  },
  shellMeasure(`ls -l of ${count(scale.files)}`, 'folder', 'ls -l "$1" > /dev/null'),
  // GNU tar reads nothing when it writes to /dev/null itself.
  shellMeasure(`tar c of ${count(scale.files)}`, 'folder', 'cd "$1" && tar c . | cat > /dev/null'),
  shellMeasure(
    `find | xargs cat of ${count(scale.files)}`,
    'folder',
    'find "$1" -type f | xargs cat > /dev/null'
  ),
  {
    what: `first listing of ${count(scale.entries)}`,
    unit: 'ms',
    part: 'entries',
    run: (path) => 1000 * secondsOf(() => readdirSync(path))
  }
]

function randomReads(jobs: number, { randomSeconds }: Scale): Measure {
  return {
    what: `random 4 KiB, ${jobs} job${jobs === 1 ? '' : 's'}`,
    unit: 'reads/s',
    part: 'file',
    run: (path) => fio(path, jobs, randomSeconds)
  }
}

/** fio's own count of reads per second, over all jobs. */
function fio(path: string, jobs: number, seconds: number): number {
  const fixed = '--name=random --readonly --rw=randread --bs=4k --ioengine=psync --invalidate=0'
  const limits = `--numjobs=${jobs} --number_ios=${RANDOM_READS} --runtime=${seconds * 1000}ms`
  const report = '--group_reporting --output-format=json'
  const args = [fixed, limits, report].flatMap((words) => words.split(' '))
  const { status, stdout, stderr } = spawnSync('fio', [...args, `--filename=${path}`])
  if (status !== 0) throw new Error(`fio on ${path}: ${stderr.toString()}`)
  // It may say something before the document.
  const text = stdout.toString()
  const document = JSON.parse(text.slice(text.indexOf('{'))) as {
    jobs: { read: { iops: number } }[]
  }
  return document.jobs[0]!.read.iops
}

const shellMeasure = (what: string, part: Part, line: string): Measure => ({
  what,
  unit: 'ms',
  part,
  run: (path) =>
    1000 *
    secondsOf(() => {
      const { status } = spawnSync('sh', ['-c', line, 'sh', path])
      if (status !== 0) throw new Error(`${what}: ${line} failed on ${path}`)
    })
})

export function secondsOf(work: () => void): number {
  const started = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - started) / 1e9
}

export function readWhole(path: string): void {
  const buffer = Buffer.allocUnsafe(MIB)
  const fd = openSync(path, 'r')
  while (readSync(fd, buffer, 0, MIB, null) > 0);
  closeSync(fd)
}
