/**
 * Ctrl-C ends a benchmark tidily: what is under way is let go of as after an error, so that
 * neither mounts nor data stay behind.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'

let interrupted: NodeJS.Signals | undefined

export function listenForInterrupts(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => (interrupted = signal))
}

/** @throws when somebody wants this to end. */
export async function checkpoint(): Promise<void> {
  // Signals are heard when the event loop turns, and measuring does not let it.
  await setImmediate()
  if (interrupted !== undefined) throw new Error(`ended by ${interrupted}`)
}

/** Unmount what is still mounted below a folder: whoever served it may be dead. */
export function unmountBelow(folder: string): void {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
  for (const point of points) spawnSync('umount', ['-l', point])
}
