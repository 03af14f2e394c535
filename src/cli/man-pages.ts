/** Makes the man pages, one for each command and one for the program, from the table of commands. */
import { packageVersion } from '../core/version.js'
import { CIDPATH_HELP, GLOBAL_OPTIONS, type CommandSpec, type OptionSpec } from './command-spec.js'

export interface ManPage {
  /** `ipfs-kit-pin-add.1` for the command `pin add`. */
  readonly file: string
  /** The source, for man(7). */
  readonly text: string
}

const PROGRAM = 'ipfs-kit'

export const manPages = (commands: readonly CommandSpec[]): ManPage[] => [
  { file: `${PROGRAM}.1`, text: programPage(commands) },
  ...commands.map((spec) => ({
    file: `${pageName(spec)}.1`,
    text: commandPage(spec, commands)
  }))
]

const pageName = ({ name }: CommandSpec): string => `${PROGRAM}-${name.replaceAll(' ', '-')}`

/** Escapes text that may stand anywhere in a line. Characters beyond ASCII need no encoding so. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    // oxlint-disable-next-line no-control-regex
    .replace(/[^\0-\x7f]/gu, (character) => {
      const code = character.codePointAt(0)!.toString(16).toUpperCase()
      return `\\[u${code.padStart(4, '0')}]`
    })

/** Escapes a line of text, which would be a request if it began with a dot. */
const line = (text: string): string => escaped(text).replace(/^\./, '\\&.')

/** Returns a paragraph as it begins and ends in help: a capital, a full stop. */
const sentence = (text: string): string => line(`${text[0]!.toUpperCase()}${text.slice(1)}.`)

const head = (name: string, summary: string): string[] => [
  `.TH "${name.toUpperCase()}" 1 "" "${PROGRAM} ${packageVersion()}" "${PROGRAM}"`,
  '.SH NAME',
  `${escaped(name)} \\- ${escaped(summary)}`
]

const EXIT_STATUS = [
  '.SH EXIT STATUS',
  '0 ok, 1 failure, 2 usage, 3 damaged data, 4 a backend, 11 the home is in use, 78 configuration;',
  '128 and the number of the signal where a signal ended it.'
]

function commandPage(spec: CommandSpec, commands: readonly CommandSpec[]): string {
  const group = spec.name.split(' ')[0]!
  const related = commands.filter(
    (one) => one !== spec && one.name.startsWith(`${group} `) && spec.name.includes(' ')
  )
  return page([
    ...head(pageName(spec), spec.summary),
    '.SH SYNOPSIS',
    `.B ${escaped(`${PROGRAM} ${spec.name}`)}`,
    line(`${Object.keys(spec.options).length === 0 ? '' : '[OPTION…] '}${spec.usage}`.trimEnd()),
    '.SH DESCRIPTION',
    sentence(spec.summary),
    ...(spec.usage.includes('CIDPATH') ? ['.PP', ...CIDPATH_HELP.map(line)] : []),
    ...(Object.keys(spec.options).length === 0 ? [] : ['.SH OPTIONS', ...options(spec.options)]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...options(GLOBAL_OPTIONS),
    '.SH EXAMPLES',
    ...spec.examples.flatMap((example) => ['.PP', '.nf', '.RS', line(example), '.RE', '.fi']),
    ...EXIT_STATUS,
    ...seeAlso([`${PROGRAM}(1)`, ...related.map((one) => `${pageName(one)}(1)`)])
  ])
}

const programPage = (commands: readonly CommandSpec[]): string =>
  page([
    ...head(PROGRAM, 'content-addressed storage as ordinary files'),
    '.SH SYNOPSIS',
    `.B ${escaped(PROGRAM)}`,
    line('COMMAND [OPTION…] [ARGUMENT…]'),
    '.SH DESCRIPTION',
    'Mounts content\\-addressed storage as ordinary files: a CID is a path below the mount.',
    'Begin with',
    `.BR "${escaped('ipfs-kit add FOLDER')}" ,`,
    'then',
    `.BR "${escaped('ipfs-kit mount')}" .`,
    '.SH COMMANDS',
    ...commands.flatMap(({ name, usage, summary }) => [
      '.TP',
      `.B ${escaped(`${name} ${usage}`.trimEnd())}`,
      sentence(summary)
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...options(GLOBAL_OPTIONS),
    '.SH ENVIRONMENT',
    '.TP',
    '.B IPFS_KIT_HOME',
    line('The home directory; --home overrides it.'),
    '.TP',
    '.B NO_COLOR',
    'Nothing is coloured where it is set.',
    '.SH FILES',
    '.TP',
    `.I ${escaped('~/.ipfs_kit')}`,
    'The home: the store, the cache, backends and',
    '.IR mount.config.json .',
    ...EXIT_STATUS,
    ...seeAlso(commands.map((spec) => `${pageName(spec)}(1)`))
  ])

/** Returns a tagged paragraph for each option. */
const options = (table: Readonly<Record<string, OptionSpec>>): string[] =>
  Object.entries(table).flatMap(([name, { short, value, help }]) => {
    const flags = short === undefined ? [`--${name}`] : [`-${short}`, `--${name}`]
    const shown = flags.map((flag) => `\\fB${escaped(flag)}\\fR`).join(', ')
    return [
      '.TP',
      value === undefined ? shown : `${shown} \\fI${escaped(value)}\\fR`,
      sentence(help)
    ]
  })

const seeAlso = (pages: readonly string[]): string[] => [
  '.SH SEE ALSO',
  ...pages.map((name, i) => {
    const [title = ''] = name.split('(')
    return `.BR ${escaped(title)} (1)${i === pages.length - 1 ? '' : ' ,'}`
  })
]

const page = (lines: readonly string[]): string =>
  `${lines.filter((one) => one !== '').join('\n')}\n`
