/** rclone's mount of the plain folders, with its full cache. */
import { mkdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { startMount } from './daemon.js'
import type { Part, Place, Sources } from './place.js'

export const rclone = (sources: Sources, scratch: string): Place => ({
  name: 'rclone',
  open: async (mountpoint) => {
    const cache = join(scratch, 'rclone-cache')
    mkdirSync(cache, { recursive: true })
    const flags = '--read-only --vfs-cache-mode full --dir-cache-time 24h --attr-timeout 24h'
    const files = ['--cache-dir', cache, '--config', join(scratch, 'rclone.conf')]
    const args = ['mount', dirname(sources.file), mountpoint, ...flags.split(' '), ...files]
    const daemon = await startMount('rclone', args, [mountpoint])
    const at = (part: Part): string => join(mountpoint, basename(sources[part]))
    const backing = (part: Part): string[] => [sources[part], cache]
    return {
      paths: { file: at('file'), folder: at('folder'), entries: at('entries') },
      backing: { file: backing('file'), folder: backing('folder'), entries: backing('entries') },
      pids: [daemon.pid],
      close: () => daemon.close()
    }
  }
})
