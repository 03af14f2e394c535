/** Servers on which a user may write files and not rename them: trying a backend tells that right by itself. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Backend } from '../../backends/backend.js'
import { FilesystemBackend } from '../../backends/filesystem/backend.js'
import type { CallOptions } from '../../backends/facets/call.js'
import type { FileContent } from '../../backends/facets/named-files.js'
import { FilesBackend } from '../../backends/files/files-backend.js'
import { renaming } from '../../backends/files/rename-step.js'
import { FtpBackend } from '../../backends/ftp/backend.js'
import { RcloneBackend } from '../../backends/rclone/backend.js'
import { Secrets } from '../../backends/secrets.js'
import { SshfsBackend } from '../../backends/sshfs/backend.js'
import { completeSshfs, sshfsOptions } from '../../backends/sshfs/options.js'
import { WebdavBackend } from '../../backends/webdav/backend.js'
import { webdavOptions } from '../../backends/webdav/options.js'
import { wrap } from '../../backends/wrap/index.js'
import { Redacted } from '../../backends/wrap/redacted.js'
import { KitError } from '../../src/core/errors.js'
import { FtpServer, PASSWORD, skipWithoutFtp } from '../servers/ftp.js'
import { skipWithoutOpenSsh } from '../servers/openssh.js'
import { OLD_RCLONE, rcloneConfig } from '../servers/rclone.js'
import { skipWithoutSshfs, Sshfs } from '../servers/sshfs.js'
import { nginxDav, skipWithoutNginx } from '../servers/webdav.js'
import { Kit } from '../support/cli.js'
import { failures } from '../support/failed-steps.js'
import { MemoryFiles } from '../support/memory-files.js'
import { sftpBackend, sftpPlace } from '../support/sftp.js'
import { tempFolder } from '../support/temp.js'

const signal = AbortSignal.timeout(240_000)
const NO_RENAME = ['rename', 'posix-rename']
const NEXT = /was written and not renamed: .+; let this user rename files there, too$/

const failedSteps = async (backend: Backend): Promise<string[]> =>
  (await failures(backend, signal)).map(({ step }) => step)

/** Writing goes well, and renames fail, with what the server says and what to do. */
async function lacksRename(
  t: Test,
  backend: Backend,
  said: RegExp,
  steps = ['rename', 'rename file']
): Promise<void> {
  const failed = await failures(backend, signal)
  t.same(failed.map(({ step }) => step), steps) // prettier-ignore
  for (const { error } of failed) {
    t.match(error, { code: 'ACCESS_DENIED', message: NEXT })
    t.match(error.message, said)
  }
}

/** The files below a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile()) // prettier-ignore

t.test('OpenSSH denies renames', skipWithoutOpenSsh, async (t) => {
  const place = await sftpPlace(t, { denied: NO_RENAME })
  await lacksRename(t, wrap(sftpBackend(t, place), 10_000), /the server denies that/)
  t.same(filesIn(place.files), [])
})

t.test('OpenSSH denies several requests, each of which is told', skipWithoutOpenSsh, async (t) => {
  for (const [denied, steps] of [
    [
      [...NO_RENAME, 'remove'],
      ['rename', 'rename file', 'remove file']
    ],
    [['remove'], ['delete', 'remove file']],
    [['opendir'], ['ask', 'list files']],
    [['read'], ['get', 'range of file', 'replace file']],
    [[], []]
  ] as const) {
    const backend = sftpBackend(t, await sftpPlace(t, { denied }))
    t.same(await failedSteps(backend), steps, denied.join(', '))
  }
  const readOnly = sftpBackend(t, await sftpPlace(t, { flags: '-R' }))
  t.same(await failedSteps(readOnly), ['put', 'put file', 'remove file'], 'it is read-only')
})

t.test('vsftpd denies RNFR and RNTO', skipWithoutFtp, async (t) => {
  const server = await FtpServer.start(t, 'vsftpd', { denied: ['RNFR', 'RNTO'] })
  const backend = new FtpBackend('attic', server.options)
  t.teardown(() => backend.close())
  await lacksRename(t, backend, /550 Permission denied/)
  t.same(filesIn(server.data), [])
})

t.test('vsftpd denies several commands, each of which is told', skipWithoutFtp, async (t) => {
  for (const [denied, steps] of [
    [
      ['RNFR', 'RNTO', 'DELE'],
      ['rename', 'rename file', 'remove file']
    ],
    [['DELE'], ['delete', 'remove file']],
    [['STOR'], ['put', 'put file']],
    [
      ['STOR', 'DELE'],
      ['put', 'put file', 'remove file']
    ]
  ] as const) {
    const server = await FtpServer.start(t, 'vsftpd', { denied })
    const backend = new FtpBackend('attic', server.options)
    t.teardown(() => backend.close())
    t.same(await failedSteps(backend), steps, denied.join(', '))
  }
})

t.test('the command tells it, and no password', skipWithoutFtp, async (t) => {
  const server = await FtpServer.start(t, 'vsftpd', { denied: ['RNFR', 'RNTO'] })
  const kit = new Kit(join(tempFolder(t, 'home'), 'home'), { env: { FTP_PASSWORD: PASSWORD } })
  await kit.ok('backend', 'add', 'attic', '--type', 'ftp', '--host', '127.0.0.1', '--port', String(server.port), '--path', '/data', '--tls', 'off') // prettier-ignore
  const { code, stdout, stderr } = await kit.run(['backend', 'test', 'attic'])
  t.equal(code, 4)
  const said = stdout.toString()
  t.match(said, /ok +put .*4096 bytes under another name\nFAIL +rename .*550 Permission denied/)
  t.match(said, /ok +put file .*\nFAIL +rename file .*rename files there, too\nok +list files/)
  t.notMatch(said, /(get|delete|remove file|replace file)/)
  t.match(stderr, /attic failed at rename, rename file: a file was written/)
  t.notMatch(said + stderr, PASSWORD)
})

t.test('nginx denies MOVE', skipWithoutNginx, async (t) => {
  const folder = tempFolder(t, 'nginx')
  const lines = 'if ($request_method = MOVE) { return 403; }'
  const server = await nginxDav(t, folder, { lines })
  const backend = new WebdavBackend('cloud', webdavOptions({ url: [`${server.url}/dav/`] }), new Secrets()) // prettier-ignore
  t.teardown(() => backend.close())
  await lacksRename(t, backend, /403/)
  t.same(filesIn(join(folder, 'files')), [])
})

t.test('nginx without MOVE takes files under their own names', skipWithoutNginx, async (t) => {
  const server = await nginxDav(t, tempFolder(t, 'nginx'), { methods: 'PUT DELETE MKCOL' })
  const backend = new WebdavBackend('cloud', webdavOptions({ url: [`${server.url}/dav/`] }), new Secrets()) // prettier-ignore
  t.teardown(() => backend.close())
  t.same(await failedSteps(backend), [])
})

t.test(
  'rclone is denied renames by OpenSSH',
  { skip: skipWithoutOpenSsh.skip || OLD_RCLONE.skip },
  async (t) => {
    // prettier-ignore
    const { server, files } = await sftpPlace(t, { denied: NO_RENAME })
    const config = rcloneConfig(tempFolder(t, 'rclone'), {
      far: { type: 'sftp', host: server.host, port: String(server.port), user: server.user, key_file: server.identityFile, shell_type: 'none', md5sum_command: 'none', sha1sum_command: 'none' } // prettier-ignore
    })
    const backend = new RcloneBackend('far', { remote: `far:${files}`, config, program: OLD_RCLONE.program }) // prettier-ignore
    t.teardown(() => backend.close())
    await lacksRename(t, backend, /permission denied/i)
  }
)

t.test('a mount of sshfs denies renames', skipWithoutSshfs, async (t) => {
  const { server, files } = await sftpPlace(t, { denied: NO_RENAME })
  const sshfs = await Sshfs.mount(t, server, files, join(tempFolder(t, 'mount'), 'mount'))
  const backend = new SshfsBackend('box', sshfsOptions(completeSshfs({ path: [sshfs.point] })))
  t.teardown(() => backend.close())
  await lacksRename(t, backend, /permi/i)
})

t.test('a folder to which files may only be added', onlyRoot(), async (t) => {
  const folder = tempFolder(t, 'disk')
  const blocks = join(folder, 'blocks')
  mkdirSync(blocks)
  execFileSync('chattr', ['+a', blocks])
  t.teardown(() => execFileSync('chattr', ['-a', blocks]))
  const backend = new FilesystemBackend('disk', folder)
  t.teardown(() => backend.close())
  // Blocks lie in folders below, to which that does not extend.
  await lacksRename(t, backend, /EPERM.* rename /, ['rename file'])
})

function onlyRoot(): { skip: string | false } {
  return { skip: process.getuid?.() === 0 ? false : 'only root makes folders append-only' }
}

/** A fixture of files that are renamed, and which fail as they are told. */
class Renamed extends MemoryFiles {
  readonly where = 'memory'
  failsWith: (isNew: boolean) => Error | undefined = () => undefined

  override async put(name: string, content: FileContent, options: CallOptions): Promise<void> {
    const isNew = (await this.stat(name, options)) === undefined
    const failure = this.failsWith(isNew)
    if (failure !== undefined) await renaming(Promise.reject(failure))
    await super.put(name, content, options)
  }

  describe(): Promise<string> {
    return Promise.resolve('memory')
  }
}

t.test('fixture: what a rename fails with is told as it is', async (t) => {
  const files = new Renamed()
  const secrets = new Secrets({ secret: { value: PASSWORD, from: 'a test' } })
  const backend = new Redacted(new FilesBackend('some', 'memory', () => files), secrets)
  files.failsWith = () => new KitError('NO_SPACE', `no room for ${PASSWORD}`)
  const full = await failures(backend, signal)
  t.same(full.map(({ step }) => step), ['rename', 'rename file']) // prettier-ignore
  t.match(full[0]!.error, { code: 'NO_SPACE', message: /^a file was written and not renamed: no room for \S+$/ }) // prettier-ignore
  t.notMatch(full[0]!.error.message, PASSWORD)

  files.failsWith = (isNew) =>
    isNew ? undefined : new KitError('ACCESS_DENIED', 'not over another')
  const taken = await failures(backend, signal)
  t.match(taken, [{ step: 'replace file', error: { code: 'ACCESS_DENIED', message: NEXT } }])
})

t.test('fixture: a put that fails otherwise is a put', async (t) => {
  const files = new Renamed()
  for (const code of ['ACCESS_DENIED', 'NO_SPACE'] as const) {
    files.put = () => Promise.reject(new KitError(code, 'not that'))
    const backend = new FilesBackend('some', 'memory', () => files)
    t.same(await failedSteps(backend), ['put', 'put file'], code)
  }
})
