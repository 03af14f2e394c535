/** A line for /etc/fstab that mounts a home. Source: fstab(5). */
import { existsSync } from 'node:fs'
import { KitError } from '../core/errors.js'
import { MAIN_SCRIPT } from '../core/main-script.js'
import { foreignPartOfHome } from '../core/trusted-home.js'
import { ROOT } from '../core/trusted-path.js'

export interface FstabRequest {
  readonly home: string
  readonly path: string
  /** A configuration file other than the home's. */
  readonly config: string | undefined
  readonly allowOther: boolean
}

export interface FstabResult {
  readonly line: string
  /** The command that installs the helper of mount(8), which must be done once; null where it is there. */
  readonly helper: string | null
}

/** Where mount(8) looks for the helper of a type. */
const HELPER = '/sbin/mount.fuse.ipfs-kit'

/** @throws ACCESS_DENIED for a home that root, who mounts what fstab names, would refuse. */
export function fstabLine({ home, path, config, allowOther }: FstabRequest): FstabResult {
  const foreign = foreignPartOfHome(home, ROOT)
  if (foreign !== undefined)
    throw new KitError(
      'ACCESS_DENIED',
      `root mounts what /etc/fstab names, and does not use the home ${home}, since ${foreign}; mount it by \`ipfs-kit service install --user ${shellWord(path)}\`, or make a home of root's: \`sudo ipfs-kit --home /var/lib/ipfs_kit service fstab ${shellWord(path)}\``
    )
  const options = [
    'nofail',
    '_netdev',
    ...(allowOther ? ['allow_other'] : []),
    ...(config === undefined ? [] : [`config=${config.replaceAll(',', '\\,')}`])
  ].join(',')
  const fields = [home, path, 'fuse.ipfs-kit', options, '0', '0']
  return {
    line: fields.map(escaped).join('  '),
    helper: existsSync(HELPER) ? null : `ln -s ${shellWord(MAIN_SCRIPT)} ${HELPER}`
  }
}

/** Escapes what separates fields and lines. */
const escaped = (field: string): string =>
  field.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)

const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
