/** Tells of a home that was moved or removed while its engine runs: every call fails over its path. */
import { statSync } from 'node:fs'
import { KitError } from '../core/errors.js'
import { ifPresent } from '../core/fs-durable.js'

/** @returns STALE, with what to do; undefined where something is at the path of the home. */
export function movedHome(
  home: string,
  mountpoints: readonly string[],
  cause: unknown
): KitError | undefined {
  if (ifPresent(() => statSync(home)) !== undefined) return undefined
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
