/**
 * Wakes the threads of this process that wait in a read of a descriptor. The kernel ends such a
 * read for a signal alone: closing the descriptor does not, as the read itself holds it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { libcFunction } from '../../../core/native.js'

const SIGNAL = 'SIGUSR2'
/** Number of the system call `read`. */
const READ = process.arch === 'arm64' ? 63 : 0

let isListening = false

/** Installs a handler that does nothing, and under which a read is not begun again. */
function listen(): void {
  if (isListening) return
  isListening = true
  process.on(SIGNAL, () => undefined)
  libcFunction('int siginterrupt(int signal, int flag)')(constants.signals[SIGNAL], 1)
}

/** Makes each read of the descriptor that waits now fail with EINTR. */
export function wakeReaders(fd: number): void {
  listen()
  const tgkill = libcFunction('int tgkill(int process, int thread, int signal)')
  for (const thread of readdirSync('/proc/self/task'))
    if (isReading(thread, fd)) tgkill(process.pid, Number(thread), constants.signals[SIGNAL])
}

/** Reads the call that a thread waits in: its number, then its arguments in hexadecimal. */
function isReading(thread: string, fd: number): boolean {
  try {
    const words = readFileSync(`/proc/self/task/${thread}/syscall`, 'latin1').split(' ')
    return Number(words[0]) === READ && Number(words[1]) === fd
  } catch {
    // The thread has ended.
    return false
  }
}
