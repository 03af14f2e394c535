/**
 * The helper by which mount(8) and fstab mount a home: `mount -t fuse.ipfs-kit HOME PATH -o OPTIONS`
 * runs `mount.fuse.ipfs-kit HOME PATH -o OPTIONS`, which is a `mount` command in other words.
 * Source: mount(8), "EXTERNAL HELPERS".
 */
import { KitError } from '../core/errors.js'

/** Exit codes that mount(8) knows. */
export const HELPER_EXIT = { usage: 1, failed: 32 } as const

/** Options of ours that take a value; in fstab dashes may be underscores. */
const WITH_VALUE = new Set(['uid', 'gid', 'umask', 'open', 'driver', 'memory', 'cache-size'])
const GLOBAL_WITH_VALUE = new Set(['home', 'config', 'log-level', 'log-format'])
const SWITCHES = new Set(['allow-other', 'offline'])

/**
 * Options for mount(8) and the service manager, and those that always hold here: neither devices nor
 * setuid bits are honoured.
 */
const NOT_OURS = new Set([
  'defaults', 'auto', 'noauto', 'user', 'nouser', 'users', 'owner', 'group', 'nofail', '_netdev',
  'rw', 'suid', 'nosuid', 'dev', 'nodev', 'exec', 'noexec', 'sync', 'async', 'dirsync',
  'atime', 'noatime', 'diratime', 'nodiratime', 'relatime', 'norelatime', 'strictatime', 'nostrictatime',
  'lazytime', 'nolazytime', 'iversion', 'noiversion', 'mand', 'nomand', 'silent', 'loud'
]) // prettier-ignore

const isNotOurs = (option: string): boolean =>
  NOT_OURS.has(option) || /^(x-|X-|comment=|user=|uhelper=|helper=)/.test(option)

/** Sources that name no home. */
const NO_HOME = new Set(['none', 'ipfs-kit', ''])

export interface HelperCall {
  /** The words of the `mount` command. */
  readonly words: readonly string[]
  /** Whether to do nothing but to check the words (-f). */
  readonly isFake: boolean
}

/** Translates the words of mount(8). @throws USAGE. */
export function fromMountWords(argv: readonly string[]): HelperCall {
  const places: string[] = []
  const options: string[] = []
  let [isFake, isSloppy] = [false, false]
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '-o') options.push(...splitOptions(argv[++i] ?? ''))
    // The type, and a namespace that mount(8) has entered already.
    else if (word === '-t' || word === '-N') i++
    else if (/^-[sfnv]+$/.test(word)) {
      isFake ||= word.includes('f')
      isSloppy ||= word.includes('s')
    } else if (word.startsWith('-')) throw new KitError('USAGE', `there is no option ${word}`)
    else places.push(word)
  }
  const [source = '', path, ...more] = places
  if (path === undefined || more.length > 0)
    throw new KitError('USAGE', 'usage: mount -t fuse.ipfs-kit HOME|none PATH [-o OPTIONS]')
  const home = NO_HOME.has(source) ? [] : ['--home', source]
  const { before, after } = flagsOf(options, isSloppy)
  return { words: [...home, ...before, 'mount', path, ...after], isFake }
}

/** A comma separates options; one after a backslash belongs to a value. */
const splitOptions = (text: string): string[] =>
  text
    .split(/(?<!\\),/)
    .map((option) => option.replaceAll('\\,', ','))
    .filter((option) => option !== '')

/** Returns flags for before and behind the command. @throws USAGE. */
function flagsOf(
  options: readonly string[],
  isSloppy: boolean
): { readonly before: string[]; readonly after: string[] } {
  const before: string[] = []
  const after: string[] = []
  for (const option of options) {
    const at = option.indexOf('=')
    const name = (at < 0 ? option : option.slice(0, at)).replaceAll('_', '-')
    if (at >= 0 && GLOBAL_WITH_VALUE.has(name)) before.push(`--${name}=${option.slice(at + 1)}`)
    else if (at >= 0 && WITH_VALUE.has(name)) after.push(`--${name}=${option.slice(at + 1)}`)
    else if (option === 'ro') after.push('--read-only')
    else if (at < 0 && SWITCHES.has(name)) after.push(`--${name}`)
    else if (option === 'remount')
      throw new KitError('USAGE', 'options are changed by unmounting and mounting again')
    else if (!isNotOurs(option) && !isSloppy)
      throw new KitError(
        'USAGE',
        `there is no mount option "${option}"; there are ${[...GLOBAL_WITH_VALUE, ...WITH_VALUE].map((one) => `${one}=`).join(', ')}, ${[...SWITCHES].join(', ')}`
      )
  }
  return { before, after }
}
