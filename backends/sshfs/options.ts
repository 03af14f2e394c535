/** The options of the sshfs backend. */
import { normalize } from 'node:path'
import { KitError } from '../../src/core/errors.js'
import { absolutePath, textOf, type OptionTable, type OptionTexts } from '../options.js'
import { mountText, parseMount, remoteMountAt, type KnownMount } from './mounted.js'

export const SSHFS_OPTIONS = {
  path: {
    value: 'DIR',
    help: 'a folder on something that is mounted and may go away: sshfs, another FUSE file system, NFS, CIFS',
    required: true
  },
  mount: {
    value: 'MOUNT',
    help: 'what must be mounted there, as mount(8) prints it',
    fallback: 'what is mounted there when the backend is added'
  }
} as const satisfies OptionTable

export interface SshfsOptions {
  readonly path: string
  readonly mount: KnownMount
}

/** @throws USAGE. */
export function sshfsOptions(texts: OptionTexts): SshfsOptions {
  const mount = textOf(completeSshfs(texts), 'mount')
  if (mount === undefined) throw notMounted(folderOf(texts))
  return { path: folderOf(texts), mount: parseMount(mount) }
}

/** Adds what is mounted there now, so that it is known again when something else is there. */
export function completeSshfs(texts: OptionTexts): OptionTexts {
  if (textOf(texts, 'mount') !== undefined) return texts
  const found = remoteMountAt(folderOf(texts))
  if (found === undefined) return texts
  const { source, path: point, type } = found
  return { ...texts, mount: [mountText({ source, point, type })] }
}

/** Without `//`, `.`, `..` and a slash at the end: mounts are found by the text of their path. */
function folderOf(texts: OptionTexts): string {
  const path = normalize(absolutePath(texts, 'path'))
  return path.length > 1 ? path.replace(/\/$/, '') : path
}

const notMounted = (path: string): KitError =>
  new KitError(
    'USAGE',
    `--path: ${path} is on no mount that lies elsewhere; mount it first, give the path without links, or use --type filesystem`
  )
