/** fuse-native with the least that shows plain folders: what the binding itself can do. */
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startMount } from './daemon.js'
import { forParts, type Place, type Sources } from './place.js'

const SERVER = fileURLToPath(new URL('./fuse-native-server.js', import.meta.url))

export const fuseNative = (sources: Sources): Place => ({
  name: 'fuse-native',
  open: async (mountpoint) => {
    const args = [SERVER, dirname(sources.file), mountpoint]
    const daemon = await startMount(process.execPath, args, [mountpoint])
    return {
      paths: forParts((part) => join(mountpoint, basename(sources[part]))),
      backing: forParts((part) => [sources[part]]),
      pids: async () => [daemon.pid],
      close: () => daemon.close()
    }
  }
})
