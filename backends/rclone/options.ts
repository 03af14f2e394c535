/** The options of the rclone backend. */
import { spawnSync } from 'node:child_process'
import { KitError, systemCode } from '../../src/core/errors.js'
import { absolutePath, textOf, type OptionTable, type OptionTexts } from '../options.js'

/** How long rclone may take to say what remotes it has. */
const LIST_MS = 10_000

export const RCLONE_OPTIONS = {
  remote: {
    value: 'NAME:PATH',
    help: 'a remote of your rclone, and the folder or bucket in it',
    required: true
  },
  config: { value: 'FILE', help: 'the configuration of rclone', fallback: "rclone's own" },
  rclone: { value: 'PROGRAM', help: 'the program', fallback: 'rclone' }
} as const satisfies OptionTable

export interface RcloneOptions {
  readonly remote: string
  readonly config: string | undefined
  readonly program: string
}

/** Neither settings in the name, which may be secrets, nor what its own URLs cannot hold. */
const REMOTE = /^([\p{L}\p{N}_][\p{L}\p{N}_.+@ -]*):([^\]\p{Cc}]*)$/u

/** @throws USAGE. */
export function rcloneOptions(texts: OptionTexts): RcloneOptions {
  const remote = textOf(texts, 'remote') ?? ''
  if (!REMOTE.test(remote))
    throw new KitError('USAGE', `--remote takes NAME:PATH, such as drive:ipfs, where \`rclone listremotes\` has the name and the path has no "]", not "${remote}"`) // prettier-ignore
  return {
    remote: remote.replace(/\/+$/, ''),
    config: texts['config'] === undefined ? undefined : absolutePath(texts, 'config'),
    program: textOf(texts, 'rclone') ?? RCLONE_OPTIONS.rclone.fallback
  }
}

/** The words that name a configuration. It must not wait for somebody to type its password. */
export const configWords = ({ config }: Pick<RcloneOptions, 'config'>): string[] => [
  '--ask-password=false',
  ...(config === undefined ? [] : ['--config', config])
]

export const noProgram = (program: string): string =>
  `there is no program ${program}; install rclone (Debian: apt install rclone; else https://rclone.org/install/), or name it with --rclone`

/** Checks that rclone is there and knows the remote. @throws USAGE. */
export const checkRclone = (texts: OptionTexts): void => void remoteType(rcloneOptions(texts))

/** The type of a remote, such as `s3`. @throws USAGE where rclone does not know it. */
export function remoteType(options: RcloneOptions): string {
  const { program, remote } = options
  const { error, status, stdout, stderr } = spawnSync(
    program,
    ['listremotes', '--long', ...configWords(options)],
    { encoding: 'utf8', timeout: LIST_MS, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  if (systemCode(error) === 'ENOENT') throw new KitError('USAGE', `--rclone: ${noProgram(program)}`)
  if (error !== undefined || status !== 0)
    throw new KitError('USAGE', `--rclone: ${program} does not say what remotes it has: ${error?.message ?? stderr.trim().slice(-300)}`) // prettier-ignore
  const types = new Map(stdout.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])) // prettier-ignore
  types.delete('')
  const name = remote.slice(0, remote.indexOf(':'))
  const type = types.get(name)
  if (type !== undefined) return type
  const known = types.size === 0 ? 'none' : [...types.keys()].slice(0, 20).join(', ')
  throw new KitError('USAGE', `--remote: rclone has no remote "${name}" (it has ${known}); make it with \`rclone config\``) // prettier-ignore
}
