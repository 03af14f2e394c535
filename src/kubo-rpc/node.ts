/** What a node tells of itself. */
import { packageVersion } from '../core/version.js'
import { sendValue } from './answers.js'
import type { KuboCommands } from './call.js'

/** The Kubo whose RPC this is. Its command line refuses a node whose version it cannot read. */
const KUBO = '0.43.0'
/** The version of the repository that goes with it. */
export const REPO_VERSION = '18'

export const kuboVersion = (): string => `${KUBO}-ipfs-kit`

/** Returns the system as Go names it. */
const system = (): string =>
  `${process.arch === 'x64' ? 'amd64' : process.arch}/${process.platform}`

export const nodeCommands: KuboCommands = {
  version: async ({ http }) =>
    sendValue(http, {
      Version: kuboVersion(),
      Commit: `ipfs-kit-${packageVersion()}`,
      Repo: REPO_VERSION,
      System: system(),
      Golang: `node${process.versions.node}`
    })
}
