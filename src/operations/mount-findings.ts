/** Checks the mounts that there are: one that nobody serves makes every program at its path fail. */
import { toKitError } from '../core/errors.js'
import type { Finding } from './finding.js'
import type { Services } from './services.js'

export async function mountFindings({ mounts }: Services): Promise<Finding[]> {
  try {
    const { stale, silent } = await mounts.status()
    const ofHome = mounts.pathsOfHome()
    return [
      ...stale.map((path) => ({
        ...fault(path, 'stale: no engine serves it', `\`ipfs-kit unmount ${path}\` cleans it away`), // prettier-ignore
        // That of another home is no fault of this one.
        needed: ofHome.includes(path)
      })),
      ...silent.map((path) => ({
        ...fault(path, "its engine does not answer, or is another user's", `\`ipfs-kit unmount --force ${path}\` ends it`), // prettier-ignore
        needed: false
      }))
    ]
  } catch (error) {
    return [fault('state', toKitError(error).message, 'see `ipfs-kit status`')]
  }
}

const fault = (path: string, found: string, mend: string): Finding => ({
  check: `mount ${path}`,
  ok: false,
  needed: true,
  found,
  mend
})
