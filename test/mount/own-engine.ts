/** Starts the engine of own-tree.ts, and takes it and its mount away at the end. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { runProgram } from '../support/cli.js'

const ENGINE = fileURLToPath(new URL('own-tree.js', import.meta.url))

export async function engine(
  t: Test,
  path: string,
  driver: string,
  open: string,
  { deadlineMs = 5000, nodes = 10_000 } = {}
): Promise<ChildProcess> {
  mkdirSync(path)
  const child = fork(ENGINE, [path, driver, open, String(deadlineMs), String(nodes)])
  t.teardown(async () => {
    const ended = once(child, 'exit')
    child.send('end')
    await Promise.race([ended, delay(10_000, undefined, { ref: false })])
    child.kill('SIGKILL')
    await runProgram('umount', ['-l', path])
  })
  t.same(await once(child, 'message'), ['mounted', undefined])
  return child
}

export async function put(child: ChildProcess, notes: Record<string, number>): Promise<void> {
  child.send(notes)
  await once(child, 'message')
}
