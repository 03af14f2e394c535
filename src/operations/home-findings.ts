/** Checks the state of a home: whether it can be used, and whether its files are sound. */
import { readdirSync, statSync } from 'node:fs'
import { systemCode, toKitError } from '../core/errors.js'
import { isReadOnly } from '../core/fs-durable.js'
import { foreignPartOfHome } from '../core/trusted-home.js'
import { StoreLayout } from '../store/layout.js'
import { readPins } from '../store/pins.js'
import { StoreReader } from '../store/reader.js'
import type { Finding } from './finding.js'

export interface HomeFindings {
  readonly findings: readonly Finding[]
  /** Whether there is any use in looking at what the home holds. */
  readonly isUsable: boolean
}

/** Returns what is known of a home; of one that cannot be used, nothing but that. */
export function homeFindings(home: string): HomeFindings {
  const place = placeOf(home)
  const isUsable = place.ok || place.check === READ_ONLY
  if (!isUsable || !exists(home)) return { findings: [place], isUsable }
  return { findings: [place, store(home), pins(home)], isUsable }
}

/** The check that fails for a home that is only read. */
const READ_ONLY = 'home is writable'

const finding = (check: string, ok: boolean, found: string, mend: string): Finding => ({
  check,
  ok,
  needed: true,
  found,
  mend
})

function exists(home: string): boolean {
  return systemCode(failureOf(() => statSync(home))) !== 'ENOENT'
}

function placeOf(home: string): Finding {
  const fault = (found: string, mend: string): Finding => finding('home', false, found, mend)
  const foreign = foreignPartOfHome(home)
  if (foreign !== undefined)
    return fault(foreign, `chown or chmod go-w it, run this as its owner, or take another --home`)
  const failure = failureOf(() => {
    if (statSync(home).isDirectory()) readdirSync(home)
    else throw Object.assign(new Error(`${home} is not a folder`), { code: 'ENOTDIR' })
  })
  const code = systemCode(failure)
  if (code === 'ENOENT') return finding('home', true, `${home} is made when it is needed`, '')
  if (code !== undefined)
    return fault(`${home} cannot be used (${code})`, MENDS[code] ?? 'mend its disk, or take another --home') // prettier-ignore
  if (isReadOnly(home))
    return finding(READ_ONLY, false, `${home} can be read but not written, so nothing can be added or fetched`, 'mount its disk writable (`mount -o remount,rw`), or make it writable: chmod u+w') // prettier-ignore
  return finding('home', true, home, '')
}

const MENDS: Readonly<Record<string, string>> = {
  ENOTDIR: 'move that file away, or take another --home',
  EACCES: 'run this as its owner, or take another --home',
  ENOTCONN: 'the file system that it is on has died: unmount that (`fusermount3 -u`, `umount`) and mount it again', // prettier-ignore
  ESTALE: 'the server of its file system has lost it: mount that again',
  EIO: 'its disk fails: see `dmesg`'
}

function store(home: string): Finding {
  const failure = failureOf(() => new StoreReader(home).close())
  if (failure === undefined) return finding('store', true, 'its index can be read', '')
  return finding('store', false, toKitError(failure).message, '`ipfs-kit fsck --repair` builds its index again from the blocks') // prettier-ignore
}

function pins(home: string): Finding {
  const path = new StoreLayout(home).pins
  const failure = failureOf(() => readPins(path))
  if (failure === undefined) return finding('pins', true, 'their log can be read', '')
  return finding('pins', false, toKitError(failure).message, '`ipfs-kit fsck --repair` recovers what can be') // prettier-ignore
}

function failureOf(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}
