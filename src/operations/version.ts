/** Reports the version of this program and of what it runs on. */
import { release } from 'node:os'
import { packageVersion } from '../core/version.js'

export interface VersionResult {
  readonly version: string
  readonly node: string
  /** As in `linux x64`. */
  readonly platform: string
  /** Release of the kernel. */
  readonly kernel: string
}

export const version = (): VersionResult => ({
  version: packageVersion(),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  kernel: release()
})
