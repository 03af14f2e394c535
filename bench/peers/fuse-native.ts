/** fuse-native with the least that shows plain folders: what the binding itself can do. */
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startMount } from './daemon.js'
import type { Part, Place, Sources } from './place.js'

const SERVER = fileURLToPath(new URL('./fuse-native-server.js', import.meta.url))

export const fuseNative = (sources: Sources): Place => ({
  name: 'fuse-native',
  open: async (mountpoint) => {
    const args = [SERVER, dirname(sources.file), mountpoint]
    const daemon = await startMount(process.execPath, args, [mountpoint])
    const at = (part: Part): string => join(mountpoint, basename(sources[part]))
    return {
      paths: { file: at('file'), folder: at('folder'), entries: at('entries') },
      backing: { file: [sources.file], folder: [sources.folder], entries: [sources.entries] },
      pids: [daemon.pid],
      close: () => daemon.close()
    }
  }
})
