import { z } from 'zod'
import { daemonStatus } from '../../operations/daemon-status.js'
import { doctor } from '../../operations/doctor.js'
import { fsck } from '../../operations/fsck.js'
import { gc } from '../../operations/gc.js'
import { status } from '../../operations/status.js'
import { version } from '../../operations/version.js'
import { inArea } from '../api-operation.js'
import { anything, count, nothing, text } from '../schemas.js'

const operation = inArea('system')

export const systemOperations = [
  operation({
    name: 'version',
    method: 'GET',
    path: '/version',
    title: 'Version of the program',
    description: 'Tells the versions of this program, of Node.js and of the kernel.',
    input: nothing,
    result: z.object({ version: text, node: text, platform: text, kernel: text }),
    call: () => Promise.resolve(version())
  }),
  operation({
    name: 'status',
    method: 'GET',
    path: '/status',
    title: 'Mounts, store, cache and backends',
    description: 'Reports what `ipfs-kit status` prints.',
    input: nothing,
    result: z.looseObject({ home: text, blocks: count, pins: count, warnings: z.array(text) }),
    call: ({ services, run }) => status(services, { sources: {} }, run)
  }),
  operation({
    name: 'daemon status',
    method: 'GET',
    path: '/engine',
    title: 'The engine',
    description: 'Reports process, memory, mounts and ports of the engine.',
    input: nothing,
    result: z.object({ engine: anything.nullable() }),
    call: ({ services, run }) => daemonStatus(services, {}, run)
  }),
  operation({
    name: 'doctor',
    method: 'GET',
    path: '/doctor',
    title: 'Check the set-up',
    description: 'Checks what a mount needs, the home and the backends, and says how to mend each.',
    input: nothing,
    result: z.object({
      ok: z.boolean(),
      checks: z.array(
        z.looseObject({
          check: text,
          ok: z.boolean(),
          needed: z.boolean(),
          found: text,
          mend: text
        })
      )
    }),
    call: ({ services, run }) => doctor(services, { configProblems: [] }, run)
  }),
  operation({
    name: 'gc',
    method: 'POST',
    path: '/gc',
    title: 'Collect garbage',
    description: 'Removes the blocks that no pin reaches; `dry_run` tells what would go.',
    input: z.strictObject({ dry_run: z.boolean().optional() }),
    result: z.looseObject({ removed_blocks: count, freed_bytes: count, kept_blocks: count }),
    isLong: true,
    call: ({ services, run }, request) => gc(services, { isDryRun: request.dry_run === true }, run)
  }),
  operation({
    name: 'fsck',
    method: 'POST',
    path: '/fsck',
    title: 'Check the store',
    description: 'Checks the store; with `read_data`, hashes every block.',
    input: z.strictObject({ read_data: z.boolean().optional() }),
    result: z.looseObject({ blocks: count, files: count, bytes: count, repaired: count }),
    isLong: true,
    call: async ({ services, run }, request) => {
      const { success: isSound, ...found } = await fsck(services, { readData: request.read_data === true }, run) // prettier-ignore
      return { ...found, isSound }
    }
  })
]
