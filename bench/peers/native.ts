/** The native file system: the limit. */
import { forParts, type Place, type Sources } from './place.js'

export const native = (sources: Sources): Place => ({
  name: 'native',
  open: async () => ({
    paths: sources,
    backing: forParts((part) => [sources[part]]),
    pids: async () => [],
    close: async () => undefined
  })
})
