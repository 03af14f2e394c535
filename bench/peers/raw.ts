/**
 * The least there is to serve: a C program that speaks the kernel's protocol and reads plain
 * folders, with either way of opening that ours has.
 */
import { basename, dirname, join } from 'node:path'
import { raiseReadAhead } from '../../src/mount/read-ahead.js'
import { compile } from './compile.js'
import { startMount } from './daemon.js'
import { forParts, type Place, type Sources } from './place.js'

const WAYS = { 'C, opens': [], 'C, none': ['-n'] } as const

/** One place for each way of opening; none where there is no compiler. */
export function rawServers(sources: Sources, scratch: string, install: boolean): Place[] {
  const program = compile('peers/raw-server.c', scratch, install)
  if (program === undefined) return []
  return Object.entries(WAYS).map(([name, flags]) => ({
    name,
    open: async (mountpoint) => {
      const args = [...flags, dirname(sources.file), mountpoint]
      const daemon = await startMount(program, args, [mountpoint])
      raiseReadAhead(mountpoint)
      return {
        paths: forParts((part) => join(mountpoint, basename(sources[part]))),
        backing: forParts((part) => [sources[part]]),
        pids: async () => [daemon.pid],
        close: () => daemon.close()
      }
    }
  }))
}
