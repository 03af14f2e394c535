/** The programs named rclone that are here, and remotes of theirs. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { ROOT } from '../support/paths.js'
import { freePort } from './kubo.js'
import { lacks, ServerProgram } from './program.js'

export interface RcloneProgram {
  readonly program: string
  readonly skip: string | false
}

/** Debian's, which listens on no unix socket, and a newer one, which does. */
export const OLD_RCLONE: RcloneProgram = { program: 'rclone', skip: lacks('rclone', 'version') }
export const NEW_RCLONE: RcloneProgram = newRclone()

function newRclone(): RcloneProgram {
  const { status, stdout, stderr } = spawnSync('sh', [join(ROOT, '.ci', 'rclone')], {
    encoding: 'utf8',
    env: { ...process.env, IPFS_KIT_BUILD: 'no' }
  })
  return { program: stdout.trim(), skip: status === 0 ? false : stderr.trim() }
}

/** Writes a configuration with remotes of these settings. @returns its path. */
export function rcloneConfig(
  folder: string,
  remotes: Readonly<Record<string, Readonly<Record<string, string>>>>
): string {
  const path = join(folder, 'rclone.conf')
  const sections = Object.entries(remotes).map(
    ([name, settings]) =>
      `[${name}]\n${Object.entries(settings)
        .map(([key, value]) => `${key} = ${value}\n`)
        .join('')}`
  )
  writeFileSync(path, sections.join('\n'), { mode: 0o600 })
  return path
}

/** A secret as rclone keeps it in its configuration. */
export const obscured = (text: string): string =>
  execFileSync('rclone', ['obscure', text], { encoding: 'utf8' }).trim()

/** Starts `rclone serve sftp` over a folder. @returns the settings of a remote that leads there. */
export async function rcloneSftp(
  t: Pick<Test, 'teardown'>,
  folder: string
): Promise<{ readonly server: ServerProgram; readonly settings: Record<string, string> }> {
  const port = await freePort()
  const files = join(folder, 'sftp')
  mkdirSync(files)
  const args = ['serve', 'sftp', files, '--addr', `127.0.0.1:${port}`, '--user', 'me', '--pass', 'a password', '--dir-cache-time', '0s'] // prettier-ignore
  const env = { RCLONE_CONFIG: '/dev/null', RCLONE_CACHE_DIR: join(folder, 'cache') }
  const server = await ServerProgram.start(t, port, ['rclone', ...args], env)
  const settings = { type: 'sftp', host: '127.0.0.1', port: String(port), user: 'me', pass: obscured('a password'), shell_type: 'none', md5sum_command: 'none', sha1sum_command: 'none' } // prettier-ignore
  return { server, settings }
}
