/** `repo`: the store as a whole. */
import { gc } from '../operations/gc.js'
import { repoStat } from '../operations/repo-stat.js'
import { sendValue, sendValues } from './answers.js'
import type { KuboCall, KuboCommands } from './call.js'
import { REPO_VERSION } from './node.js'

async function stat(call: KuboCall): Promise<void> {
  const { home, blocks, bytes, freeBytes } = await repoStat(call.services, {}, call.run)
  const sizes = { RepoSize: bytes, StorageMax: bytes + freeBytes }
  if (call.flag('size-only', false))
    return sendValue(call.http, { ...sizes, NumObjects: 0, RepoPath: '', Version: '' })
  sendValue(call.http, {
    ...sizes,
    NumObjects: blocks,
    RepoPath: home,
    Version: `fs-repo@${REPO_VERSION}`
  })
}

export const repoCommands: KuboCommands = {
  'repo/stat': stat,
  'stats/repo': stat,
  'repo/version': async ({ http }) => sendValue(http, { Version: REPO_VERSION }),
  'repo/gc': async (call) => await sendValues(call.http, collected(call))
}

/** Blocks that went are not named: the store removes them by the pack. */
async function* collected({ services, run }: KuboCall): AsyncGenerator<object, void, undefined> {
  await gc(services, {}, run)
  yield* []
}
