/**
 * The output of a command. All text that leaves a command comes through here and is escaped here, so
 * that no name, error or version that somebody else chose acts on a terminal or begins a line.
 * Only the bytes of content go by another way (stdout.ts).
 */
import { journalPrefix, type Level } from '../core/log.js'
import { printableJson, printableText } from '../core/printable.js'
import { ProgressLine } from './progress.js'

/** The part of a stream that text is written to. */
export type TextStream = Pick<NodeJS.WriteStream, 'write'>

export class Output {
  readonly line: ProgressLine
  readonly warnings: string[] = []
  /** The payload of the JSON document. */
  answer: object | undefined
  readonly #stdout: TextStream
  readonly #stderr: TextStream

  readonly #isJournal: boolean

  /** @param isJournal whether `stderr` is the journal, which takes priorities. */
  constructor(stdout: TextStream, stderr: TextStream, isJournal = false) {
    this.#stdout = stdout
    this.#stderr = stderr
    this.#isJournal = isJournal
    this.line = new ProgressLine(stderr)
  }

  /** Prints a line of data, or many by one write. */
  print(lines: string | readonly string[]): void {
    this.line.end()
    this.#stdout.write(linesOf(lines))
  }

  /** Prints a message for people. */
  note(line: string, level: Level = 'info'): void {
    this.line.end()
    this.#stderr.write((this.#isJournal ? journalPrefix(level) : '') + linesOf(line))
  }

  /** Prints a JSON document. */
  json(document: object): void {
    this.line.end()
    this.#stdout.write(`${printableJson(document)}\n`)
  }

  /** Prints where an error and its causes came from. */
  trace(error: Error): void {
    const { message, stack = '', cause } = error
    const at = stack.indexOf(message)
    const frames = at < 0 ? '' : stack.slice(at + message.length)
    this.#stderr.write(linesOf([`${error.name}: ${message}`, ...frames.split('\n').slice(1)]))
    if (!(cause instanceof Error)) return
    this.note('caused by')
    this.trace(cause)
  }
}

const linesOf = (lines: string | readonly string[]): string =>
  typeof lines === 'string'
    ? `${printableText(lines)}\n`
    : lines.map((line) => `${printableText(line)}\n`).join('')
