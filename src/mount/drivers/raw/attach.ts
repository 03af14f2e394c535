/** Obtains the descriptor of a mount: through mount(8) as root, else through fusermount3. */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { KitError, systemCode } from '../../../core/errors.js'
import { libc, libcFunction } from '../../../core/native.js'
import type { MountOptions } from '../../driver.js'
import { FS_TYPE, sourceOf } from '../../mountinfo.js'
import { MAX_READ } from './protocol.js'
import { run } from '../../run.js'

/** Mounts at `path` and returns the descriptor from which requests are read. */
export async function attach(path: string, home: string, options: MountOptions): Promise<number> {
  return process.getuid?.() === 0
    ? await attachAsRoot(path, home, options)
    : await attachAsUser(path, home, options)
}

async function attachAsRoot(path: string, home: string, options: MountOptions): Promise<number> {
  const fd = openDevice()
  const flags = [
    options.readOnly ? 'ro' : 'rw',
    'nosuid,nodev,default_permissions,fd=3,rootmode=40000',
    `user_id=${process.getuid!()},group_id=${process.getgid!()},max_read=${MAX_READ}`,
    ...(options.allowOther ? ['allow_other'] : [])
  ].join(',')
  try {
    const args = ['-i', '-t', FS_TYPE, '-o', flags, sourceOf(home), path]
    const { code, stderr } = await run('mount', args, { fds: [fd] })
    if (code !== 0) throw new KitError('IO', `cannot mount ${path}: ${stderr}`)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

function openDevice(): number {
  try {
    return openSync('/dev/fuse', 'r+')
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown'
    throw new KitError(
      'UNSUPPORTED',
      `cannot open /dev/fuse (${reason}); run \`ipfs-kit doctor\` to see what is missing`,
      { cause: error }
    )
  }
}

const AF_UNIX = 1
const SOCK_STREAM_CLOEXEC = 1 | 0x80000
const MSG_CMSG_CLOEXEC = 0x40000000
const SCM_RIGHTS = 1

/** Mounts through fusermount3, which is setuid root and sends the descriptor over a socket pair. */
async function attachAsUser(path: string, home: string, options: MountOptions): Promise<number> {
  const close = libcFunction('int close(int fd)')
  const pair = Buffer.alloc(8)
  const socketpair = libcFunction('int socketpair(int domain, int type, int protocol, void *sv)')
  if (socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, pair) !== 0)
    throw new KitError('IO', 'cannot make a socket pair')
  const ours = pair.readInt32LE(0)
  const theirs = pair.readInt32LE(4)
  const source = sourceOf(home).replace(/[\\,]/g, '\\$&')
  const flags = [
    options.readOnly ? 'ro' : 'rw',
    'nosuid,nodev,default_permissions,subtype=ipfs-kit',
    `fsname=${source},max_read=${MAX_READ}`,
    ...(options.allowOther ? ['allow_other'] : [])
  ].join(',')
  const child = spawn('fusermount3', ['-o', flags, '--', path], {
    stdio: ['ignore', 'ignore', 'pipe', theirs],
    env: { ...process.env, _FUSE_COMMFD: '3' }
  })
  let stderr = ''
  child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()))
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(-1))
    child.on('close', (code) => resolve(code ?? -1))
  })
  close(theirs)
  try {
    const code = await ended
    const fd = code === 0 ? receiveDescriptor(ours) : undefined
    if (fd === undefined) throw fusermountError(path, stderr.trim())
    return fd
  } finally {
    close(ours)
  }
}

function fusermountError(path: string, stderr: string): KitError {
  if (stderr.includes('user_allow_other'))
    return new KitError(
      'ACCESS_DENIED',
      '--allow-other needs the line "user_allow_other" in /etc/fuse.conf; an administrator can add it'
    )
  if (mayGainNothing())
    return new KitError(
      'ACCESS_DENIED',
      `cannot mount ${path}: this process may gain no privileges (no_new_privs), so that fusermount3, which is setuid root, can do no more than it; start it without, or mount beside an engine that runs already`
    )
  const what = stderr === '' ? 'fusermount3 is not installed (Debian: apt install fuse3)' : stderr
  return new KitError('UNSUPPORTED', `cannot mount ${path}: ${what}; see \`ipfs-kit doctor\``)
}

/** Returns whether this process runs under no_new_privs, as containers and hardened services do. */
const mayGainNothing = (): boolean =>
  /^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'utf8'))

/** Receives a descriptor by recvmsg; undefined if none came. Struct layout: Linux, 64 bit. */
function receiveDescriptor(socket: number): number | undefined {
  const { koffi } = libc()
  const recvmsg = libcFunction('long recvmsg(int fd, void *message, int flags)')
  const data = Buffer.alloc(8)
  const control = Buffer.alloc(64)
  const iov = Buffer.alloc(16)
  iov.writeBigUInt64LE(koffi.address(data), 0)
  iov.writeBigUInt64LE(1n, 8)
  const message = Buffer.alloc(56)
  message.writeBigUInt64LE(koffi.address(iov), 16)
  message.writeBigUInt64LE(1n, 24)
  message.writeBigUInt64LE(koffi.address(control), 32)
  message.writeBigUInt64LE(64n, 40)
  const received = Number(recvmsg(socket, message, MSG_CMSG_CLOEXEC))
  if (received <= 0 || control.readInt32LE(12) !== SCM_RIGHTS) return undefined
  return control.readInt32LE(16)
}
