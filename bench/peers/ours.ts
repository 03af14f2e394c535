/** Our own mount, either way of opening files. */
import { join } from 'node:path'
import { kit } from '../measure.js'
import type { Part, Place } from './place.js'

interface Home {
  readonly scratch: string
  readonly home: string
  /** The CIDs of what it holds. */
  readonly cids: Readonly<Record<Part, string>>
}

interface Status {
  readonly mounts: readonly { path: string; pids: number[] }[]
}

export const ours = ({ scratch, home, cids }: Home, open: 'passthrough' | 'none'): Place => ({
  name: `ours, ${open}`,
  open: async (mountpoint) => {
    await kit(scratch, home, 'mount', mountpoint, '--open', open)
    const { stdout } = await kit(scratch, home, 'status', '--json')
    const { mounts } = JSON.parse(stdout) as Status
    const at = (part: Part): string => join(mountpoint, 'ipfs', cids[part])
    const stored = (...names: string[]): string[] => names.map((name) => join(home, 'blocks', name))
    return {
      paths: { file: at('file'), folder: at('folder'), entries: at('entries') },
      backing: {
        file: stored('files', 'index'),
        folder: stored('packs', 'index', 'tables'),
        entries: stored('packs', 'index', 'tables')
      },
      pids: mounts.find(({ path }) => path === mountpoint)?.pids ?? [],
      close: async () => void (await kit(scratch, home, 'unmount', '--force', mountpoint))
    }
  }
})
