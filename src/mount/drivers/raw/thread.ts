/** What each thread of a mount does: waits for the descriptor, then serves or stores ahead. */
import { parentPort } from 'node:worker_threads'
import type { Vfs } from '../../../../vfs/vfs.js'
import type { MountOptions } from '../../driver.js'
import { Operations } from './operations.js'
import { REQUEST_BUFFER } from './protocol.js'
import { OpenFiles } from './open-files.js'
import { Pusher } from './push.js'
import type { MountMemory, ThreadRole } from './raw-driver.js'
import { serve } from './serve.js'
import { Siblings } from './siblings.js'

export interface ThreadPorts {
  readonly vfs: Vfs
  readonly memory: MountMemory
  readonly options: MountOptions
  readonly probe: { readonly path: string; readonly depth: number }
  /** Runs ahead of every piece of work, to take up what changed in the store. */
  readonly before: () => void
}

/** Returns when the mount is gone. */
export function runThread(role: ThreadRole, ports: ThreadPorts): void {
  const { vfs, memory, options, probe, before } = ports
  const files = new OpenFiles(memory.files, options.open)
  const siblings = new Siblings(memory.siblings)
  // Made before the wait: the first request finds everything there.
  const operations =
    role === 'push'
      ? undefined
      : new Operations(vfs, Buffer.from(new ArrayBuffer(REQUEST_BUFFER)), {
          owner: options,
          files,
          siblings,
          probe,
          log: (message, error) => console.error(message, error)
        })
  const gate = new Int32Array(memory.gate)
  Atomics.wait(gate, 0, 0)
  const fd = Atomics.load(gate, 0) - 1
  if (fd < 0) return
  files.attach(fd)
  parentPort!.postMessage('serving')
  if (operations === undefined) new Pusher(fd, vfs, siblings).run(before)
  else serve(fd, operations, before)
}
