/** Mode, owner and times of a node: the one rule, written down in README.md. */
import { derivedNanoseconds, derivedSecond, type Fingerprint } from './identity.js'
import type { NodeStat, NodeType } from '../src/core/node-stat.js'

/** A folder's size as people see it: fixed, since a DAG has no such thing. */
const DIRECTORY_SIZE = 4096

/** `st_blksize`: programs choose their buffers by it, and small reads must stay small. */
export const BLOCK_SIZE = 4096

/** The bits of a mode that say what it is. */
export const TYPE_BITS: Readonly<Record<NodeType, number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000
}

const DEFAULT_MODE: Readonly<Record<NodeType, number>> = {
  file: 0o444,
  directory: 0o555,
  symlink: 0o777
}

export interface Attr {
  readonly inoLow: number
  readonly inoHigh: number
  readonly type: NodeType
  readonly size: number
  /** Type and permission bits. */
  readonly mode: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  readonly ctimeSec: number
  readonly ctimeNsec: number
  readonly certainty: Certainty
}

/**
 * How good attributes are: a fixed node never changes; a size that a foreign repository claims
 * may turn out to be another when the file is opened; a folder changes, and a file that programs
 * write may be another at the next read.
 */
export type Certainty = 'fixed' | 'claimed' | 'changing' | 'written'

/** Returns how good the attributes of a node are whose size nobody claims. */
export function certaintyOf(isFixed: boolean, type: NodeType): Certainty {
  if (isFixed) return 'fixed'
  return type === 'file' ? 'written' : 'changing'
}

/** A number of 63 bits, as `st_ino` shows it. */
export interface InodeNumber {
  readonly numberLow: number
  readonly numberHigh: number
}

/** @param umask permission bits taken away from what is shown. */
export function attrOf(
  { numberLow, numberHigh }: InodeNumber,
  fingerprint: Fingerprint,
  stat: NodeStat,
  umask: number,
  certainty: Certainty
): Attr {
  const { type, mtime } = stat
  // setuid, setgid and sticky never leave the DAG.
  const permissions = (stat.mode ?? DEFAULT_MODE[type]) & 0o777
  const sec = derivedSecond(fingerprint)
  const nsec = derivedNanoseconds(fingerprint)
  const mtimeSec = mtime?.sec ?? sec
  const mtimeNsec = mtime?.nsec ?? nsec
  const isChanging = certainty === 'changing' || certainty === 'written'
  return {
    inoLow: numberLow,
    inoHigh: numberHigh,
    type,
    size: type === 'directory' ? DIRECTORY_SIZE : stat.size,
    mode: TYPE_BITS[type] | (type === 'symlink' ? permissions : permissions & ~umask),
    mtimeSec,
    mtimeNsec,
    ctimeSec: isChanging ? mtimeSec : sec,
    ctimeNsec: isChanging ? mtimeNsec : nsec,
    certainty
  }
}
