/** Tells of a home that was moved or removed while its engine runs: every call fails over its path. */
import { statSync } from 'node:fs'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'

/** Returns what tells a folder from another that is put in its place; undefined where there is none. */
export function folderIdentity(path: string): string | undefined {
  const found = ifPresent(() => statSync(path))
  return found === undefined ? undefined : `${found.dev}:${found.ino}`
}

/**
 * @param identity of the home when its engine began.
 * @returns STALE, with what to do; undefined where the home is at its path.
 */
export function movedHome(
  home: string,
  identity: string | undefined,
  mountpoints: readonly string[],
  cause: unknown
): KitError | undefined {
  if (folderIdentity(home) === identity) return undefined
  const [path] = mountpoints
  const [use, end] =
    path === undefined
      ? ['its engine runs', 'end it with `ipfs-kit daemon stop`']
      : [`it is mounted at ${mountpoints.join(', ')}`, `say \`ipfs-kit unmount --force ${path}\``]
  return new KitError(
    'STALE',
    `the home ${home} was moved or removed while ${use}; ${end}, then go on with the new path`,
    { cause }
  )
}
