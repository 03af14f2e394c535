/** `help`: prints help, from the table of commands alone. */
import { CIDPATH_HELP, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../command-spec.js'
import type { Context } from '../context.js'
import { table } from '../table.js'
import { unknownCommand } from '../unknown-command.js'

export async function run(context: Context): Promise<void> {
  if (context.args.length === 0) {
    for (const line of overview(context.commands)) context.print(line)
    return
  }
  const spec = context.commands.find(({ name }) => name === context.args.join(' '))
  if (spec !== undefined) {
    for (const line of commandHelp(spec)) context.print(line)
    return
  }
  // A group's name alone, such as `pin`, lists its commands.
  const group = context.commands.filter(({ name }) => name.startsWith(`${context.args[0]} `))
  if (group.length === 0) throw unknownCommand(context.args, context.commands)
  for (const line of listing(group)) context.print(line)
}

/** Returns a line for each command. */
const listing = (specs: readonly CommandSpec[]): string[] =>
  table(specs.map(({ name, usage, summary }) => [`  ${name} ${usage}`.trimEnd(), summary]))

/** Returns the help without arguments. */
const overview = (commands: readonly CommandSpec[]): string[] => [
  'ipfs-kit: content-addressed storage as ordinary files.',
  '',
  'usage: ipfs-kit COMMAND [args]',
  '',
  ...listing(commands),
  '',
  'every command takes:',
  ...optionLines(GLOBAL_OPTIONS),
  '',
  'begin with `ipfs-kit add FOLDER`, then `ipfs-kit mount`.'
]

/** Returns a line for each option. */
const optionLines = (options: Readonly<Record<string, OptionSpec>>): string[] =>
  table(
    Object.entries(options).map(([name, { short, value, help }]) => [
      `  ${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`,
      help
    ])
  )

/** Returns the help on one command. */
const commandHelp = (spec: CommandSpec): string[] => [
  `usage: ipfs-kit ${spec.name} ${spec.usage}`.trimEnd(),
  '',
  `${spec.summary[0]!.toUpperCase()}${spec.summary.slice(1)}.`,
  ...(Object.keys(spec.options).length === 0 ? [] : ['', ...optionLines(spec.options)]),
  ...(spec.usage.includes('CIDPATH') ? ['', ...CIDPATH_HELP] : []),
  '',
  spec.examples.length === 1 ? 'example:' : 'examples:',
  ...spec.examples.map((example) => `  ${example}`)
]
