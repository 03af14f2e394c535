/** Runs the command that argv names, and returns its exit code. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { openConfig, type OpenedConfig } from '../config/config.js'
import { isKitError, KitError, toKitError } from '../core/errors.js'
import { LEVELS, type Level, isJournal } from '../core/log.js'
import { packageVersion } from '../core/version.js'
import { pinPolicyFrom } from '../operations/pin-policy.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { COMMANDS } from './commands.js'
import { sourcesFrom } from './config-sources.js'
import type { Context, MakeServices, OptionValues } from './context.js'
import { fetchChoice } from './fetch-choice.js'
import { Interrupts } from './interrupts.js'
import { Output } from './output.js'
import { commandNamed, parseWords, type Invocation } from './parse-words.js'
import { report } from './report.js'
import { stdoutFailed, writeToStdout } from './stdout.js'

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
  // Nobody can be told that messages cannot be written.
  process.stderr.on('error', () => undefined)
  const interrupts = new Interrupts()
  const output = new Output(process.stdout, process.stderr, isJournal())
  let invocation: Invocation | undefined
  let error: KitError | undefined
  try {
    const words = [...argv]
    if (words[0] === '--version' || words[0] === '-V') {
      output.print(`ipfs-kit ${packageVersion()}`)
      return 0
    }
    if (words.length === 0 || words[0] === '--help' || words[0] === '-h') words.splice(0, 1, 'help')
    invocation = parseWords(words)
    if (invocation.options['help'] === true)
      invocation = parseWords(['help', ...invocation.spec.name.split(' ')])
    error = (await start(invocation, loadServices, interrupts, output)) ?? undefined
  } catch (thrown) {
    error = toKitError(thrown)
    output.answer = undefined
  }
  output.line.end()
  const code = report({
    operation: invocation?.spec.name ?? commandNamed(argv) ?? 'usage',
    // Of words that were not understood, --json may be one.
    json: invocation === undefined ? argv.includes('--json') : invocation.options['json'] === true,
    debug: argv.includes('--debug'),
    output,
    error
  })
  await interrupts.finish()
  return code
}

async function start(
  invocation: Invocation,
  loadServices: () => Promise<MakeServices>,
  interrupts: Interrupts,
  output: Output
): Promise<KitError | void> {
  const { spec } = invocation
  const { run } = await spec.load()
  const make = spec.storeless === true ? undefined : await loadServices()
  const context = contextOf(invocation, make, interrupts, output)
  if (spec.anyHome !== true && spec.anyConfig !== true) checkNamedConfig(context)
  if (make !== undefined && spec.anyHome !== true) context.services.checkHome()
  if (spec.anyConfig === true) return await run(context)
  try {
    const result = await run(context)
    for (const problem of context.configProblems) context.run.warn(problem)
    return result
  } catch (error) {
    // A command that needed a wrong key says so itself.
    if (!isKitError(error, 'CONFIG_INVALID'))
      for (const problem of context.configProblems) context.run.warn(problem)
    throw error
  }
}

/** Refuses a configuration file that was named and is not there: the name may be misspelt. */
function checkNamedConfig({ options, configProblems }: Context): void {
  const { file } = sourcesFrom(options)
  if (file !== undefined && !existsSync(file))
    throw new KitError('CONFIG_INVALID', configProblems[0] ?? `there is no ${file}`)
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
  interrupts: Interrupts,
  output: Output
): Context {
  const home = homeFrom(options)
  let opened: OpenedConfig | undefined
  const configuration = (): OpenedConfig => (opened ??= openConfig(home, sourcesFrom(options)))
  let services: Services | undefined
  const context: Context = {
    command: spec.name,
    commands: COMMANDS,
    home,
    get config() {
      return configuration().config
    },
    get configProblems() {
      return configuration().problems.map(({ message }) => message)
    },
    args,
    options,
    json: options['json'] === true,
    quiet: options['quiet'] === true,
    get services() {
      return (services ??= context.servicesOf(home))
    },
    servicesOf: (home) => {
      if (make === undefined) throw new KitError('INTERNAL', `${spec.name} has no services`)
      return make(home, fetchChoice(context), () => pinPolicyFrom(context.config))
    },
    run: runOf(options, interrupts, output),
    print: (lines) => output.print(lines),
    write: writeToStdout,
    note: (text) => output.note(text),
    answer: (payload) => {
      output.answer = payload
    }
  }
  return context
}

/** Returns the context of operations. Their warnings are printed, and collected for `--json`. */
function runOf(options: OptionValues, interrupts: Interrupts, output: Output): Run {
  const showsProgress = process.stderr.isTTY && options['json'] !== true
  const level = LEVELS.indexOf((options['log-level'] ?? 'warn') as Level)
  return {
    // The getter begins to listen, so a command that never asks for the signal ends at once by it.
    get signal() {
      return interrupts.signal
    },
    progress: (progress) => {
      if (showsProgress) output.line.show(progress)
    },
    warn: (text) => {
      output.warnings.push(text)
      if (level >= LEVELS.indexOf('warn')) output.note(`warning: ${text}`, 'warn')
    }
  }
}
