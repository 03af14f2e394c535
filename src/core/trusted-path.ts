/**
 * Who can change a path. A program that writes below a folder which somebody else can change can be
 * led by links to write anywhere; root above all.
 */
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { systemCode } from './errors.js'

/** Links followed on the way, as the kernel does. */
const MAX_LINKS = 40

const OTHERS_WRITE = 0o002
const GROUP_WRITES = 0o020
const STICKY = 0o1000

/** A user of this machine, with its group. */
export interface User {
  readonly uid: number | undefined
  readonly gid: number | undefined
}

export const ROOT: User = { uid: 0, gid: 0 }

const thisUser = (): User => ({ uid: process.geteuid?.(), gid: process.getegid?.() })

/**
 * Returns what of a path somebody other than a user and root can change, with the reason;
 * undefined where there is nothing. Parts that do not exist, or cannot be looked at, do not count.
 * @param user this one, unless the path is for another.
 */
export function foreignPart(path: string, user = thisUser()): string | undefined {
  const names = partsOf(path)
  let at: string = sep
  for (let links = 0; links <= MAX_LINKS;) {
    const stat = lookAt(at)
    if (stat === undefined) return undefined
    if (!isTrusted(stat.uid, user)) return `${at} belongs to another user (uid ${stat.uid})`
    if (stat.isSymbolicLink()) {
      links++
      names.unshift(...partsOf(resolve(dirname(at), readlinkSync(at))))
      at = sep
      continue
    }
    const fault = stat.isDirectory() ? writableBy(stat, user, names.length === 0) : undefined
    if (fault !== undefined) return `${at} can be changed by ${fault}`
    const next = names.shift()
    if (next === undefined) return undefined
    at = join(at, next)
  }
  return undefined
}

const partsOf = (path: string): string[] => resolve(path).split(sep).filter(Boolean)

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/** @param isLast where new names matter, too; on the way the sticky bit keeps those that exist. */
function writableBy({ mode, gid }: Stats, user: User, isLast: boolean): string | undefined {
  if (!isLast && (mode & STICKY) !== 0) return undefined
  if ((mode & OTHERS_WRITE) !== 0) return 'everybody'
  if ((mode & GROUP_WRITES) !== 0 && !isOwnGroup(gid, user)) return `its group (gid ${gid})`
  return undefined
}

/** A group that has the number of its user is that user's alone, as most systems make them. */
const isOwnGroup = (gid: number, user: User): boolean =>
  gid === 0 || (gid === user.gid && gid === user.uid)

function isTrusted(uid: number, user: User): boolean {
  return uid === 0 || uid === user.uid || (uid === OVERFLOW_UID && isUserNamespace())
}

/** The uid by which a user namespace shows owners that it does not know, such as the root outside. */
const OVERFLOW_UID = 65_534

function isUserNamespace(): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync('/proc/self/uid_map', 'latin1'))
  } catch {
    return false
  }
}
