import { z } from 'zod'
import { daemonStatus } from '../../operations/daemon-status.js'
import { engineLog } from '../../operations/engine-log.js'
import { doctor } from '../../operations/doctor.js'
import { fsck } from '../../operations/fsck.js'
import { gc } from '../../operations/gc.js'
import { status } from '../../operations/status.js'
import { version } from '../../operations/version.js'
import { inArea } from '../api-operation.js'
import { anything, bytes, count, limit, moment, nothing, setupCheck, text } from '../schemas.js'

const operation = inArea('system')

const STANDARD_LINES = 200

const sample = z.object({
  time: moment,
  memory: bytes,
  store_bytes: bytes.nullable(),
  free_bytes: bytes,
  mounts: z.array(
    z.object({
      path: text,
      requests: count,
      waited: count.meta({ description: 'Requests that waited for content' }),
      errors: count,
      answer_ms: z.number()
    })
  ),
  fetch: z
    .object({ memory_hits: count, disk_hits: count, fetched_blocks: count, fetched_bytes: bytes })
    .nullable(),
  backends: z.array(
    z.object({ name: text, requests: count, bytes, errors: count, answer_ms: z.number() })
  )
})

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
    name: 'engine log',
    method: 'GET',
    path: '/engine/log',
    title: 'Log of the engine',
    description: 'Reads the last lines of its log; none where the journal of systemd has them.',
    input: z.strictObject({ limit: limit.optional() }),
    result: z.object({ path: text.nullable(), lines: z.array(text) }),
    call: ({ services, run }, request) =>
      engineLog(services, { limit: request.limit ?? STANDARD_LINES }, run)
  }),
  operation({
    name: 'activity',
    method: 'GET',
    path: '/activity',
    title: 'Activity of the last hour',
    description:
      'Samples of the counters of mounts, cache, fetching and backends, which only grow until the engine ends. With `after`, those since that time.',
    input: z.strictObject({ after: moment.optional() }),
    result: z.object({ interval_ms: count, samples: z.array(sample) }),
    call: ({ activity }, { after }) => Promise.resolve(activity(after))
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
      checks: z.array(z.looseObject(setupCheck.shape))
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
