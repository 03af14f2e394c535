/** Runs the command that argv names, and returns its exit code. */
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig, type Config } from '../config/config.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import { LEVELS, LOG_FORMATS, type Level } from '../core/log.js'
import { printableText } from '../core/printable.js'
import type { Command } from './command.js'
import { GLOBAL_OPTIONS, parseOptions } from './command-spec.js'
import { COMMANDS, findCommand } from './commands.js'
import type { Context, MakeServices, OptionValues } from './context.js'
import { sourcesFrom } from './config-sources.js'
import { fetchChoice } from './fetch-choice.js'
import { Interrupts } from './interrupts.js'
import { ProgressLine } from './progress.js'
import { stdoutFailed, writeToStdout } from './stdout.js'
import { packageVersion } from '../core/version.js'
import { snakeCased } from '../core/snake-case.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'

interface Invocation {
  readonly spec: Command
  readonly args: readonly string[]
  readonly options: OptionValues
}

/**
 * Runs a command. After an interrupt the process ends by the signal.
 * @param loadServices is called only for commands that need services.
 * @returns the exit code: 0 ok, 1 failure, 2 usage; for the others see errors.ts.
 */
export async function runCommand(
  argv: readonly string[],
  loadServices: () => Promise<MakeServices>
): Promise<number> {
  process.stdout.on('error', stdoutFailed)
  const interrupts = new Interrupts()
  let invocation: Invocation | undefined
  try {
    const words = [...argv]
    if (words[0] === '--version' || words[0] === '-V') {
      process.stdout.write(`ipfs-kit ${packageVersion()}\n`)
      return 0
    }
    if (words.length === 0 || words[0] === '--help' || words[0] === '-h') words.splice(0, 1, 'help')
    invocation = parse(words)
    if (invocation.options['help'] === true)
      invocation = parse(['help', ...invocation.spec.name.split(' ')])
    const { run } = await invocation.spec.load()
    const make = invocation.spec.storeless === true ? undefined : await loadServices()
    const context = contextOf(invocation, make, interrupts)
    // Reading it reports a damaged configuration before the command has any effect.
    if (invocation.spec.anyConfig !== true) void context.config
    if (make !== undefined && invocation.spec.anyHome !== true) context.services.checkHome()
    return (await run(context)) ?? 0
  } catch (error) {
    const code = report(error, argv, invocation)
    interrupts.endBySignal()
    return code
  }
}

/** Parses the words into a command with its arguments and options. @throws USAGE. */
function parse(words: readonly string[]): Invocation {
  const start = leadingGlobals(words)
  const found = findCommand(words.slice(start))
  if (found === undefined) throw unknownCommand(words.slice(start))
  const { spec, used } = found
  const rest = [...words.slice(0, start), ...words.slice(start + used)]
  try {
    const { values, positionals } = parseArgs({
      args: rest,
      options: parseOptions({ ...GLOBAL_OPTIONS, ...spec.options }),
      allowPositionals: true,
      strict: true
    })
    const options = values as OptionValues
    checkWord(options, 'log-level', LEVELS)
    checkWord(options, 'log-format', LOG_FORMATS)
    const { min, max } = spec.args
    if (options['help'] !== true && (positionals.length < min || positionals.length > max))
      throw new KitError(
        'USAGE',
        `${positionals.length < min ? 'something is missing' : 'too many arguments'}; usage: ipfs-kit ${spec.name} ${spec.usage}`
      )
    return { spec, args: positionals, options }
  } catch (error) {
    if (error instanceof KitError) throw error
    const message = (error as Error).message.split(/\. To specify|\n/)[0]!
    throw new KitError('USAGE', `${message}; see \`ipfs-kit help ${spec.name}\``, { cause: error })
  }
}

/** Refuses a value that is none of the words. @throws USAGE. */
function checkWord(options: OptionValues, name: string, words: readonly string[]): void {
  const value = options[name]
  if (typeof value === 'string' && !words.includes(value))
    throw new KitError('USAGE', `--${name} is one of ${words.join(', ')}, not "${value}"`)
}

/** Counts the words of global options that stand before the command. */
function leadingGlobals(words: readonly string[]): number {
  let at = 0
  while (words[at]?.startsWith('--') === true) {
    const [name = '', inline] = words[at]!.slice(2).split('=', 2)
    const option = GLOBAL_OPTIONS[name]
    if (option === undefined) break
    at += option.type === 'string' && inline === undefined ? 2 : 1
  }
  return at
}

/** Returns an error that names the group's commands, or a similar command. */
function unknownCommand(words: readonly string[]): KitError {
  const word = words[0] ?? ''
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name)
  if (group.length > 0) return new KitError('USAGE', `say one of: ${group.join(', ')}`)
  if (word === '') return new KitError('USAGE', 'a command is missing; see `ipfs-kit help`')
  const similar = COMMANDS.find(({ name }) => isSimilar(name.split(' ')[0]!, word))
  const hint = similar === undefined ? 'see' : `did you mean \`${similar.name}\`? See`
  return new KitError(
    'USAGE',
    `there is no command "${printableText(word)}"; ${hint} \`ipfs-kit help\``
  )
}

/** Returns whether two words differ by one letter that is added, missing, wrong or swapped. */
function isSimilar(known: string, word: string): boolean {
  if (Math.abs(known.length - word.length) > 1 || word.length < 2) return false
  let head = 0
  while (head < known.length && known[head] === word[head]) head++
  const [a, b] = [known.slice(head), word.slice(head)]
  return (
    a.slice(1) === b ||
    a === b.slice(1) ||
    a.slice(1) === b.slice(1) ||
    (a.slice(2) === b.slice(2) && a[0] === b[1] && a[1] === b[0])
  )
}

/** Returns the home: --home, else $IPFS_KIT_HOME, else ~/.ipfs_kit. */
const homeFrom = (options: OptionValues): string => {
  const given = options['home'] ?? process.env['IPFS_KIT_HOME']
  return typeof given === 'string' && given !== '' ? resolve(given) : join(homedir(), '.ipfs_kit')
}

/** Returns the context of a command. What a command may not need is made when it is read first. */
function contextOf(
  { spec, args, options }: Invocation,
  make: MakeServices | undefined,
  interrupts: Interrupts
): Context {
  const home = homeFrom(options)
  const warnings: string[] = []
  const output = outputOf(spec, warnings)
  let config: Config | undefined
  let services: Services | undefined
  const context: Context = {
    command: spec.name,
    commands: COMMANDS,
    home,
    get config() {
      return (config ??= loadConfig(home, sourcesFrom(options)))
    },
    args,
    options,
    json: options['json'] === true,
    quiet: options['quiet'] === true,
    get services() {
      if (make === undefined) throw new KitError('INTERNAL', `${spec.name} has no services`)
      return (services ??= make(home, fetchChoice(context)))
    },
    run: runOf(options, interrupts, output, warnings),
    print: output.print,
    write: writeToStdout,
    note: output.note,
    answer: output.answer
  }
  return context
}

interface Output extends Pick<Context, 'print' | 'note' | 'answer'> {
  readonly line: ProgressLine
}

/** Returns how a command prints. Every other line removes the progress line first. */
function outputOf(spec: Command, warnings: readonly string[]): Output {
  const line = new ProgressLine(process.stderr)
  return {
    line,
    print: (text) => {
      line.end()
      process.stdout.write(`${text}\n`)
    },
    note: (text) => {
      line.end()
      process.stderr.write(`${text}\n`)
    },
    answer: (payload, success = true) =>
      printJson({
        ...envelope(success, spec.name),
        ...(snakeCased(payload) as object),
        ...(warnings.length > 0 ? { warnings } : {})
      })
  }
}

/** Returns the context of operations. Their warnings are printed, and collected for `--json`. */
function runOf(
  options: OptionValues,
  interrupts: Interrupts,
  { line, note }: Output,
  warnings: string[]
): Run {
  const showsProgress = process.stderr.isTTY && options['json'] !== true
  return {
    // The getter begins to listen, so a command that never asks for the signal ends at once by it.
    get signal() {
      return interrupts.signal
    },
    progress: (progress) => {
      if (showsProgress) line.show(progress)
    },
    warn: (text) => {
      warnings.push(text)
      if (isLogged(options, 'warn')) note(`warning: ${text}`)
    }
  }
}

/** Returns whether --log-level lets messages of a level through. */
const isLogged = (options: OptionValues, level: Level): boolean =>
  LEVELS.indexOf(level) <= LEVELS.indexOf((options['log-level'] ?? 'warn') as Level)

/** Returns the fields that all JSON documents share. */
const envelope = (success: boolean, operation: string) => ({
  success,
  operation,
  timestamp: new Date().toISOString(),
  correlation_id: randomUUID()
})

const printJson = (document: unknown): void =>
  void process.stdout.write(`${JSON.stringify(document)}\n`)

/** Prints an error, as JSON where that was asked for. @returns its exit code. */
function report(error: unknown, argv: readonly string[], invocation?: Invocation): number {
  const known = toKitError(error)
  const { exit, type, recoverable } = ERROR_CODES[known.code]
  const operation = invocation?.spec.name ?? 'usage'
  if (invocation?.options['json'] === true || (invocation === undefined && argv.includes('--json')))
    printJson({
      ...envelope(false, operation),
      error: known.message,
      error_type: type,
      code: known.code,
      recoverable
    })
  else process.stderr.write(`ipfs-kit ${operation}: ${printableText(known.message)}\n`)
  if (argv.includes('--debug')) process.stderr.write(`${stackOf(known)}\n`)
  return exit
}

/** Returns the stack of an error and of its causes, for --debug. */
function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
