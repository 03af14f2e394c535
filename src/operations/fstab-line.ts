/** A line for /etc/fstab that mounts a home. Source: fstab(5). */
import { existsSync } from 'node:fs'
import { MAIN_SCRIPT } from '../core/main-script.js'

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

export function fstabLine({ home, path, config, allowOther }: FstabRequest): FstabResult {
  const options = [
    'ro',
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
