/** Loaded into the measured process: writes its peak resident bytes where it is told to. */
import { readFileSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const report = process.env['IPFS_KIT_BENCH_PEAK']
if (isMainThread && report !== undefined)
  process.on('exit', () => {
    const kib = /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'
    writeFileSync(report, String(Number(kib) * 1024))
  })
