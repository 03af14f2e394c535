/** Which peers can be measured here: those that are missing are installed and built, once. */
import { spawnSync } from 'node:child_process'
import type { Place, Sources } from './place.js'
import { findKubo, kubo } from './kubo.js'
import { fuseNative } from './fuse-native.js'
import { ensurePrograms, has } from './programs.js'
import { rawServers } from './raw.js'
import { rclone } from './rclone.js'

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
  const peers: Place[] = rawServers(sources, scratch, fetch)
  const leaveOut = (name: string): void => console.error(`${name} is left out: it is not here`)
  if (peers.length === 0) leaveOut('C')
  if (await fuseNativeLoads(fetch)) peers.push(fuseNative(sources))
  else leaveOut('fuse-native')
  if (ensurePrograms(['rclone'], fetch)) peers.push(rclone(sources, scratch))
  else leaveOut('rclone')
  const ipfs = await findKubo(fetch)
  if (ipfs === undefined) leaveOut('Kubo')
  else peers.push(await kubo(ipfs, sources, scratch))
  return peers
}
