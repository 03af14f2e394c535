/**
 * The log of a background process: one line per event, with its time and level, as text or as
 * JSON. The journal of systemd takes a priority before each line, and has a time of its own.
 */
import { fstatSync, writeSync } from 'node:fs'
import { systemClock, type Clock } from './clock.js'
import { systemCode } from './errors.js'
import { printableJson, printableText } from './printable.js'

export const LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof LEVELS)[number]

export const LOG_FORMATS = ['text', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface Log {
  /** Logs what should not have happened. @param cause an error, whose stack is of use. */
  readonly error: (message: string, cause?: unknown) => void
  /** Logs what goes on, otherwise than it should. */
  readonly warn: (message: string) => void
  readonly info: (message: string) => void
  readonly debug: (message: string) => void
}

/** What is logged, and how. */
export interface LogChoice {
  /** Lowest level that is logged. */
  readonly level: Level
  readonly format: LogFormat
}

export interface LogOptions extends LogChoice {
  /** Whether the lines go to the journal. */
  readonly isJournal?: boolean
  readonly clock?: Clock
  /** Takes a line, its end included. Never throws. */
  readonly write?: (line: string) => void
}

/** Priorities of syslog, as the journal reads them. */
const PRIORITY: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6, debug: 7 }

/** Returns how a line for the journal begins. */
export const journalPrefix = (level: Level): string => `<${PRIORITY[level]}>`

const STDERR = 2

export function makeLog(options: LogOptions): Log {
  const { level, clock = systemClock, write = toStderr } = options
  const most = LEVELS.indexOf(level)
  const log = (at: Level, message: string, cause?: unknown): void => {
    if (LEVELS.indexOf(at) > most) return
    const error = cause === undefined ? undefined : causeText(cause)
    write(`${lineOf(options, new Date(clock.now()).toISOString(), at, message, error)}\n`)
  }
  return {
    error: (message, cause) => log('error', message, cause),
    warn: (message) => log('warn', message),
    info: (message) => log('info', message),
    debug: (message) => log('debug', message)
  }
}

function lineOf(
  { format, isJournal = false }: LogOptions,
  time: string,
  level: Level,
  message: string,
  error: string | undefined
): string {
  const priority = isJournal ? journalPrefix(level) : ''
  if (format === 'json') return priority + printableJson({ time, level, message, error })
  const text = printableText(error === undefined ? message : `${message}: ${error}`)
  return isJournal ? priority + text : `${time} ${level.padEnd(5)} ${text}`
}

/** The message of a failed system call names the call and its path; the stack adds nothing. */
function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return 'an error that is none'
  const isSystemCall = /^E[A-Z0-9]+$/.test(systemCode(cause) ?? '')
  return isSystemCall ? cause.message : (cause.stack ?? cause.message)
}

/** How long a reader that is slow is waited for, in total for a line. */
const SLOW_MS = 200
const RETRY_MS = 5
/** Lines that could not be written. */
let lost = 0

/** Writes a line. A full disk, or a reader that is slow or gone, must not end or stop the process. */
function toStderr(line: string): void {
  const note = lost === 0 ? '' : `${lost} lines of the log were lost\n`
  try {
    writeWhole(Buffer.from(note + line))
    lost = 0
  } catch {
    lost++
  }
}

function writeWhole(bytes: Buffer): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  let waited = 0
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(STDERR, bytes, done)
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN' || waited >= SLOW_MS) throw error
      Atomics.wait(pause, 0, 0, RETRY_MS)
      waited += RETRY_MS
    }
  }
}

/** Returns whether standard error is the journal, whose socket systemd names by device and inode. */
export function isJournal(stream = process.env['JOURNAL_STREAM']): boolean {
  if (stream === undefined) return false
  const { dev, ino } = fstatSync(STDERR)
  return stream === `${dev}:${ino}`
}

/** Returns the log of a process or thread that nobody watches, for the journal where that reads it. */
export const processLog = (choice: LogChoice): Log => makeLog({ ...choice, isJournal: isJournal() })

/** The log of a process that was not told how to log. */
export const DEFAULT_LOG: LogChoice = { level: 'info', format: 'text' }
