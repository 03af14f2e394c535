/** `rclone serve sftp`: another implementation of SFTP, with a password of its own. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { freePort } from './kubo.js'
import { makeKey } from './openssh.js'
import { lacks, ServerProgram } from './program.js'

export const skipWithoutRcloneSftp = {
  skip: lacks('rclone', 'version') || lacks('ssh-keygen', '-?')
}

export interface RcloneSftp {
  readonly program: ServerProgram
  readonly host: string
  readonly user: string
  readonly password: string
  readonly hostKey: string
}

/** Starts one over a folder, with its host key in another. */
export async function rcloneSftp(
  t: Pick<Test, 'teardown'>,
  files: string,
  folder: string
): Promise<RcloneSftp> {
  const port = await freePort()
  const user = 'somebody'
  const password = 'correct horse battery staple'
  const hostKey = join(folder, 'host_key')
  makeKey(hostKey)
  const args = ['serve', 'sftp', files, '--addr', `127.0.0.1:${port}`, '--user', user, '--pass', password, '--key', hostKey, '--vfs-cache-mode', 'off', '--dir-cache-time', '0s'] // prettier-ignore
  const program = await ServerProgram.start(t, port, ['rclone', ...args])
  return { program, host: '127.0.0.1', user, password, hostKey }
}
