/** argv → one command of the table → its exit code. */
import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { loadConfig, type Config } from '../config/config.js'
import { ERROR_CODES, KitError, toKitError } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import type { Command } from './command.js'
import { GLOBAL_OPTIONS, parseOptions } from './command-spec.js'
import { COMMANDS, findCommand } from './commands.js'
import type { Context, MakeServices, OptionValues } from './context.js'
import { fetchChoice } from './fetch-choice.js'
import { Interrupts } from './interrupts.js'
import { ProgressLine } from './progress.js'
import { stdoutFailed, writeToStdout } from './stdout.js'
import { packageVersion } from '../core/version.js'
import { snakeCased } from '../core/snake-case.js'
import type { Services } from '../operations/services.js'

interface Invocation {
  readonly spec: Command
  readonly args: readonly string[]
  readonly options: OptionValues
}

/** @returns the exit code: 0 ok, 1 failure, 2 usage and so on (errors.ts). Interrupted, it ends by the signal. */
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
    if (invocation.spec.anyConfig !== true) void context.config
    return (await run(context)) ?? 0
  } catch (error) {
    const code = report(error, argv, invocation)
    interrupts.endByThem()
    return code
  }
}

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

/** Global options may stand before the command. @returns how many words they take. */
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

/** One letter too many, missing, wrong or swapped. */
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

export const homeFrom = (options: OptionValues): string => {
  const given = options['home'] ?? process.env['IPFS_KIT_HOME']
  return typeof given === 'string' && given !== '' ? resolve(given) : join(homedir(), '.ipfs_kit')
}

function contextOf(
  { spec, args, options }: Invocation,
  make: MakeServices | undefined,
  interrupts: Interrupts
): Context {
  const home = homeFrom(options)
  const explicit = options['config']
  const warnings: string[] = []
  const line = new ProgressLine(process.stderr)
  const note = (text: string): void => {
    line.end()
    process.stderr.write(`${text}\n`)
  }
  const json = options['json'] === true
  const showsProgress = process.stderr.isTTY && !json
  let config: Config | undefined
  let services: Services | undefined
  const context: Context = {
    command: spec.name,
    commands: COMMANDS,
    home,
    get config() {
      return (config ??= loadConfig(home, typeof explicit === 'string' ? explicit : undefined))
    },
    args,
    options,
    json,
    quiet: options['quiet'] === true,
    get services() {
      if (make === undefined) throw new KitError('INTERNAL', `${spec.name} has no services`)
      return (services ??= make(home, fetchChoice(context)))
    },
    run: {
      // Who asks for the signal promises to look at it; all others end at once, as any program does.
      get signal() {
        return interrupts.signal
      },
      progress: (progress) => {
        if (showsProgress) line.show(progress)
      },
      warn: (text) => {
        warnings.push(text)
        if (logs(options, 'warn')) note(`warning: ${text}`)
      }
    },
    print: (text) => {
      line.end()
      process.stdout.write(`${text}\n`)
    },
    write: writeToStdout,
    note,
    answer: (payload) =>
      printJson({
        ...envelope(true, spec.name),
        ...(snakeCased(payload) as object),
        ...(warnings.length > 0 ? { warnings } : {})
      })
  }
  return context
}

const LEVELS = ['error', 'warn', 'info']

function logs(options: OptionValues, level: string): boolean {
  const wanted = options['log-level'] ?? 'warn'
  if (!LEVELS.includes(String(wanted)))
    throw new KitError('USAGE', `--log-level is one of ${LEVELS.join(', ')}`)
  return LEVELS.indexOf(level) <= LEVELS.indexOf(String(wanted))
}

const envelope = (success: boolean, operation: string) => ({
  success,
  operation,
  timestamp: new Date().toISOString(),
  correlation_id: randomUUID()
})

const printJson = (document: unknown): void =>
  void process.stdout.write(`${JSON.stringify(document)}\n`)

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

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
