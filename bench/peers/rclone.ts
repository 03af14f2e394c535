/** rclone's mount of the plain folders, with its full cache. */
import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { startMount } from './daemon.js'
import { forParts, type Place, type Sources } from './place.js'

export const rclone = (sources: Sources, scratch: string): Place => ({
  name: 'rclone',
  open: async (mountpoint) => {
    const cache = join(scratch, 'rclone-cache')
    mkdirSync(cache, { recursive: true })
    const flags = '--read-only --vfs-cache-mode full --dir-cache-time 24h --attr-timeout 24h'
    const files = ['--cache-dir', cache, '--config', join(scratch, 'rclone.conf')]
    const args = ['mount', dirname(sources.file), mountpoint, ...flags.split(' '), ...files]
    const daemon = await startMount('rclone', args, [mountpoint])
    return {
      paths: forParts((part) => join(mountpoint, basename(sources[part]))),
      backing: forParts((part) => [sources[part], cache]),
      pids: async () => [daemon.pid],
      close: () => daemon.close()
    }
  }
})
