/** Names the program that listens at a port of this machine. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** State of a socket that listens, in the kernel's tables. */
const LISTENING = '0A'

/** Returns program and process, as `nginx (process 12)`; undefined where this user may not see it. */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of processes()) {
    if (!holds(pid, inodes)) continue
    const command = textOf(`/proc/${pid}/comm`).trim()
    return `${command} (process ${pid})`
  }
  return undefined
}

function listeningInodes(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return textOf(`/proc/net/${table}`)
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === LISTENING && local.endsWith(`:${hex}`))
    .map((fields) => fields[9] ?? '')
}

const processes = (): string[] => namesIn('/proc').filter((name) => /^\d+$/.test(name))

const holds = (pid: string, inodes: ReadonlySet<string>): boolean =>
  namesIn(`/proc/${pid}/fd`).some((fd) => {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? []
    return inode !== undefined && inodes.has(inode)
  })

// What is gone meanwhile, or another user's, has nothing to tell.
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
