/** The native file system: the limit. */
import type { Place, Sources } from './place.js'

export const native = (sources: Sources): Place => ({
  name: 'native',
  open: async () => ({
    paths: sources,
    backing: { file: [sources.file], folder: [sources.folder], entries: [sources.entries] },
    pids: [],
    close: async () => undefined
  })
})
