/** `completion`: prints a shell's completion script, made from the table of commands. */
import { KitError } from '../../core/errors.js'
import { type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../command-spec.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const shell = context.args[0]!
  const make = Object.hasOwn(SHELLS, shell) ? SHELLS[shell as keyof typeof SHELLS] : undefined
  if (make === undefined)
    throw new KitError(
      'USAGE',
      `completions exist for ${Object.keys(SHELLS).join(', ')}, not for "${shell}"`
    )
  context.print(make(context.commands).split('\n'))
}

type Commands = readonly CommandSpec[]

const SHELLS = { bash, zsh, fish }

/** Returns the options of a command, including the global ones. */
const optionsOf = (spec: CommandSpec): [string, OptionSpec][] =>
  Object.entries({ ...spec.options, ...GLOBAL_OPTIONS })

/** Returns the options as words, long and short. */
const optionWords = (spec: CommandSpec): string =>
  optionsOf(spec)
    .flatMap(([name, { short }]) =>
      short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`]
    )
    .join(' ')

/** Returns the first words of all commands, each once. */
const firstWords = (commands: Commands): string[] => [
  ...new Set(commands.map(({ name }) => name.split(' ')[0]!))
]

/** Returns the second words by first word, of the commands that have two. */
const groups = (commands: Commands): Map<string, string[]> => {
  const found = new Map<string, string[]>()
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ')
    if (second !== undefined) found.set(first, [...(found.get(first) ?? []), second])
  }
  return found
}

/**
 * Returns a completion function. Files complete where no word fits, because many arguments are paths.
 */
function bash(commands: Commands): string {
  const cases = commands.map((spec) => `    '${spec.name}') words='${optionWords(spec)}' ;;`)
  const seconds = [...groups(commands)].map(
    ([first, words]) => `    ${first}) words='${words.join(' ')}' ;;`
  )
  return `_ipfs_kit() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words='' first="\${COMP_WORDS[1]}" both
  both="$first"
  case " ${[...groups(commands).keys()].join(' ')} " in *" $first "*) both="$first \${COMP_WORDS[2]}" ;; esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${firstWords(commands).join(' ')} --version --help'
  elif [ "$COMP_CWORD" -eq 2 ] && [ "$both" != "$first" ]; then
    case "$first" in
${seconds.join('\n')}
    esac
  elif [ "\${current:0:1}" = '-' ]; then
    case "$both" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ipfs_kit ipfs-kit`
}

/** Returns bash's completion for zsh, which can run it. */
function zsh(commands: Commands): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(commands)}`
}

/** Quotes a text for fish. */
const quoted = (text: string): string => `'${text.replaceAll("'", "\\'")}'`

/** Returns completions in fish's own form, which shows the summaries. */
function fish(commands: Commands): string {
  const lines = ['complete -c ipfs-kit -n __fish_use_subcommand -f']
  const named = new Set<string>()
  for (const { name, summary } of commands) {
    const [first = '', second] = name.split(' ')
    if (second === undefined)
      lines.push(`complete -c ipfs-kit -n __fish_use_subcommand -a ${first} -d ${quoted(summary)}`)
    else {
      if (!named.has(first)) lines.push(`complete -c ipfs-kit -n __fish_use_subcommand -a ${first}`)
      named.add(first)
      lines.push(
        `complete -c ipfs-kit -f -n '__fish_seen_subcommand_from ${first}; and test (count (commandline -opc)) -eq 2' -a ${second} -d ${quoted(summary)}`
      )
    }
  }
  for (const spec of commands)
    for (const [name, { short, help, value }] of optionsOf(spec))
      lines.push(
        `complete -c ipfs-kit -n '__fish_seen_subcommand_from ${spec.name.split(' ').at(-1)}' -l ${name}` +
          `${short === undefined ? '' : ` -s ${short}`}${value === undefined ? '' : ' -r'} -d ${quoted(help)}`
      )
  return lines.join('\n')
}
