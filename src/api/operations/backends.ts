import { z } from 'zod'
import { backendAdd } from '../../operations/backend-add.js'
import { backendDrain } from '../../operations/backend-drain.js'
import { backendList } from '../../operations/backend-list.js'
import { backendRemove } from '../../operations/backend-remove.js'
import { backendShow } from '../../operations/backend-show.js'
import { backendTest } from '../../operations/backend-test.js'
import { backendUpdate } from '../../operations/backend-update.js'
import { inArea } from '../api-operation.js'
import { anything, copies, count, names, nothing, text } from '../schemas.js'

const operation = inArea('backends')

const name = z.string().min(1).max(64)

const settings = {
  options: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .default({})
    .meta({
      description: 'Options of the type, as `ipfs-kit help backend add` lists them, without dashes'
    }),
  secrets: z.record(z.string(), z.string()).optional().meta({
    description: 'Secrets by option; they are kept apart from the options, and never answered'
  }),
  priority: z.int().optional(),
  timeout_ms: z.int().min(1).optional(),
  read_only: z.boolean().optional(),
  cost: z.number().min(0).optional(),
  trust: z.enum(['trusted', 'semitrusted', 'untrusted']).optional(),
  max_upload: z.int().min(0).optional(),
  max_download: z.int().min(0).optional(),
  encrypt: z.boolean().optional()
}

const backend = z.looseObject({
  name,
  type: text,
  options: z.record(z.string(), z.array(z.string())),
  priority: z.int(),
  timeout_ms: z.int(),
  read_only: z.boolean()
})

type Settings = z.infer<z.ZodObject<typeof settings>>

const changed = ({
  options,
  secrets: values,
  timeout_ms: timeoutMs,
  read_only: readOnly,
  max_upload: maxUpload,
  max_download: maxDownload,
  ...rest
}: Settings) => ({
  ...rest,
  options: Object.fromEntries(Object.entries(options).map(([key, value]) => [key, [value].flat()])),
  timeoutMs,
  readOnly,
  maxUpload,
  maxDownload,
  ...(values === undefined ? {} : { secrets: { values } })
})

export const backendOperations = [
  operation({
    name: 'backend ls',
    method: 'GET',
    path: '/backends',
    title: 'List backends',
    description: 'Lists backends with what the engine saw of them.',
    input: nothing,
    result: z.object({ backends: z.array(backend.extend({ report: anything.nullable() })) }),
    call: ({ services, run }) => backendList(services, {}, run)
  }),
  operation({
    name: 'backend show',
    method: 'GET',
    path: '/backends/{name}',
    title: 'Show a backend',
    description: 'Shows options, defaults, and where secrets come from; never the secrets.',
    input: z.strictObject({ name }),
    result: backend,
    call: ({ services, run }, input) => backendShow(services, input, run)
  }),
  operation({
    name: 'backend add',
    method: 'POST',
    path: '/backends',
    title: 'Add a backend',
    description: 'Adds a place where content is fetched from, or kept.',
    input: z.strictObject({ name, type: text, ...settings }),
    result: backend,
    call: ({ services, run }, { name, type, ...rest }) =>
      backendAdd(services, { name, type, ...changed(rest) }, run)
  }),
  operation({
    name: 'backend update',
    method: 'PATCH',
    path: '/backends/{name}',
    title: 'Change a backend',
    description: 'Changes what is given, and leaves the rest as it is.',
    input: z.strictObject({ name, unset: names.optional(), ...settings }),
    result: backend,
    call: ({ services, run }, { name, unset = [], ...rest }) =>
      backendUpdate(services, { name, unset, ...changed(rest) }, run)
  }),
  operation({
    name: 'backend rm',
    method: 'DELETE',
    path: '/backends/{name}',
    title: 'Remove a backend',
    description: 'Forgets a backend; one that has copies of pins only with `force`.',
    input: z.strictObject({ name, force: z.boolean().optional() }),
    result: z.object({ name }),
    call: ({ services, run }, request) => backendRemove(services, request, run)
  }),
  operation({
    name: 'backend test',
    method: 'POST',
    path: '/backends/{name}/test',
    title: 'Test a backend',
    description: 'Does a real round trip: ask, put, get, range, list, rename, delete.',
    input: z.strictObject({ name }),
    result: z.object({
      name,
      type: text,
      ok: z.boolean(),
      steps: z.array(
        z.object({
          step: text,
          ok: z.boolean(),
          ms: z.number(),
          found: text,
          code: text.optional()
        })
      )
    }),
    isLong: true,
    call: ({ services, run }, input) => backendTest(services, input, run)
  }),
  operation({
    name: 'backend drain',
    method: 'POST',
    path: '/backends/{name}/drain',
    title: 'Move all copies away from a backend',
    description: 'Stores its copies elsewhere, and then removes them from it.',
    input: z.strictObject({ name, to: names.optional() }),
    result: z.object({ copies, kept: count }),
    isLong: true,
    call: async ({ services, run }, request) => {
      const drained = await backendDrain(services, request, run)
      const told = drained.copies.map(({ error, ...copy }) => ({ ...copy, code: error?.code ?? null })) // prettier-ignore
      return { copies: told, kept: drained.kept }
    }
  })
]
