/** Which peers can be measured here: those that are missing are installed and built, once. */
import { spawnSync } from 'node:child_process'
import type { Place, Sources } from './place.js'
import { findKubo, kubo } from './kubo.js'
import { fuseNative } from './fuse-native.js'
import { rclone } from './rclone.js'

const has = (program: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** Programs of Debian's packages that share their names. @returns whether they are all there. */
export function ensurePrograms(programs: readonly string[], install: boolean): boolean {
  const missing = programs.filter((program) => !has(program))
  if (missing.length === 0) return true
  if (!install || process.getuid?.() !== 0 || !has('apt-get')) return false
  console.error(`installing ${missing.join(' ')}…`)
  const line = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"'
  spawnSync('sh', ['-c', `${line} > /dev/null`, 'sh', ...missing], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  })
  return missing.every(has)
}

async function fuseNativeLoads(install: boolean): Promise<boolean> {
  const loads = (): Promise<boolean> =>
    import('fuse-native').then(
      () => true,
      () => false
    )
  if (await loads()) return true
  if (!install || process.getuid?.() !== 0 || !has('apt-get')) return false
  spawnSync('apt-get', ['install', '-y', '-qq', 'libfuse2'], { stdio: 'ignore' })
  return await loads()
}

/** @param fetch whether to install and build what is missing. */
export async function findPeers(
  sources: Sources,
  scratch: string,
  fetch: boolean
): Promise<Place[]> {
  const peers: Place[] = []
  const leaveOut = (name: string): void => console.error(`${name} is left out: it is not here`)
  if (await fuseNativeLoads(fetch)) peers.push(fuseNative(sources))
  else leaveOut('fuse-native')
  if (ensurePrograms(['rclone'], fetch)) peers.push(rclone(sources, scratch))
  else leaveOut('rclone')
  const ipfs = await findKubo(fetch)
  if (ipfs === undefined) leaveOut('Kubo')
  else peers.push(await kubo(ipfs, sources, scratch))
  return peers
}
