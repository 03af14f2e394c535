/**
 * Tells the service manager how a service is, by datagrams to the socket that systemd names in
 * NOTIFY_SOCKET. Node has no datagram sockets of the file system, so the C library sends them.
 * Source: sd_notify(3)
 */
import { libcFunction } from './native.js'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_NOSIGNAL = 0x4000
/** Bytes of sun_path of struct sockaddr_un. */
const MAX_PATH = 108

/**
 * Sends a state, such as `READY=1`, with further assignments in lines of their own. Does nothing
 * where no service manager listens, which a service must not fail for.
 */
export function notifyManager(...assignments: readonly string[]): void {
  const path = process.env['NOTIFY_SOCKET']
  if (path === undefined || process.platform !== 'linux') return
  const address = addressOf(path)
  if (address === undefined) return
  const socket = libcFunction('int socket(int domain, int type, int protocol)')
  const sendto = libcFunction(
    'int64_t sendto(int fd, const void *bytes, size_t length, int flags, const void *address, uint32_t addressLength)'
  )
  const close = libcFunction('int close(int fd)')
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number
  if (fd < 0) return
  const text = Buffer.from(assignments.join('\n'))
  sendto(fd, text, text.length, MSG_NOSIGNAL, address, address.length)
  close(fd)
}

/** Returns struct sockaddr_un; a path that begins with `@` is a name in the abstract space. */
function addressOf(path: string): Buffer | undefined {
  const bytes = Buffer.from(path)
  if (bytes.length === 0 || bytes.length >= MAX_PATH) return undefined
  if (bytes[0] === 0x40) bytes[0] = 0
  else if (bytes[0] !== 0x2f) return undefined
  const family = Buffer.alloc(2)
  family.writeUInt16LE(AF_UNIX)
  // A path ends with a NUL, a name in the abstract space with its length.
  return Buffer.concat([family, bytes, Buffer.alloc(bytes[0] === 0 ? 0 : 1)])
}

/** Returns how often, in ms, the manager wants a sign of life; undefined where it does not. */
export function watchdogInterval(env = process.env): number | undefined {
  const micros = Number(env['WATCHDOG_USEC'])
  const pid = env['WATCHDOG_PID']
  if (!(micros > 0) || (pid !== undefined && pid !== String(process.pid))) return undefined
  return micros / 1000
}
