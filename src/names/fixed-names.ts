/**
 * Names with a path by the environment, for tests and development: `IPFS_NS_MAP`, which Kubo knows too, is
 * `domain:/ipfs/CID,other.domain:/ipns/KEY`.
 */
import { MAX_PATH } from './ipns-record.js'

/** Paths by domain, in lower case. */
export type FixedNames = ReadonlyMap<string, string>

/** Parts that are no name with a path are left out. */
export function parseFixedNames(text: string | undefined): FixedNames {
  const names = new Map<string, string>()
  for (const part of text?.split(',') ?? []) {
    const [, name, path] = /^\s*([^:/\s]+):(\/ip[fn]s\/\S+)\s*$/.exec(part) ?? []
    if (name !== undefined && path !== undefined && path.length <= MAX_PATH)
      names.set(name.toLowerCase(), path)
  }
  return names
}
