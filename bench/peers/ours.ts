/** Our own mount, either way of opening files. */
import { join } from 'node:path'
import { kit } from '../measure.js'
import { forParts, type Part, type Place } from './place.js'

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
    const stored = (...names: string[]): string[] => names.map((name) => join(home, 'blocks', name))
    return {
      paths: forParts((part) => join(mountpoint, 'ipfs', cids[part])),
      backing: forParts((part) =>
        part === 'file' ? stored('files', 'index') : stored('packs', 'index', 'tables')
      ),
      pids: async () => {
        const { stdout } = await kit(scratch, home, 'status', '--json')
        const { mounts } = JSON.parse(stdout) as Status
        return mounts.find(({ path }) => path === mountpoint)?.pids ?? []
      },
      close: async () => void (await kit(scratch, home, 'unmount', '--force', mountpoint))
    }
  }
})
