/** The operations of the log against a model of them: what is done in whatever order is found once, anywhere. */
import fc from 'fast-check'
import t from 'tap'
import { isKitError, KitError } from '../../src/core/errors.js'
import { archivesIn } from '../../src/wal/layout.js'
import type { OperationStatus } from '../../src/wal/operation-record.js'
import { readArchive } from '../../src/wal/read-archive.js'
import { readOperations } from '../../src/wal/replay.js'
import { RETRY_POLICY } from '../../src/wal/retry-policy.js'
import { tempFolder } from '../support/temp.js'
import { openOperations, type OpenedOperations } from '../support/wal.js'

const RUNS = Number(process.env['MODEL_RUNS'] ?? 25)
const MOST_ARCHIVES = 3
const OPTIONS = { segmentBytes: 1500, retries: { ...RETRY_POLICY, tries: 3 } }

const ACTIONS = ['begin', 'begin', 'start', 'complete', 'fail', 'break', 'retry', 'cancel', 'archive', 'reopen'] as const // prettier-ignore
type Action = (typeof ACTIONS)[number]

interface Step {
  readonly action: Action
  /** Which of the operations, as a share of their number. */
  readonly which: number
  /** Whether the next step comes before this one is durable. */
  readonly isBeside: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(...ACTIONS),
  which: fc.double({ min: 0, max: 0.999, noNaN: true }),
  isBeside: fc.boolean()
})

interface Modelled {
  status: OperationStatus
  failures: number
}

const finished = (status: OperationStatus): boolean =>
  status === 'completed' || status === 'cancelled'

/** Changes the model as the action should; returns whether it is refused. */
function expect(action: Action, one: Modelled): boolean {
  const { status } = one
  if (action === 'start') {
    if (status !== 'pending') return true
    one.status = 'running'
  } else if (action === 'retry') {
    if (status === 'running' || status === 'completed') return true
    one.status = 'pending'
    one.failures = 0
  } else if (action === 'cancel') {
    if (finished(status)) return true
    one.status = 'cancelled'
  } else if (status === 'cancelled') return false
  else if (action === 'complete') one.status = 'completed'
  else {
    one.failures++
    one.status = action === 'break' || one.failures >= 3 ? 'failed' : 'pending'
  }
  return false
}

function act({ operations }: OpenedOperations, action: Action, id: string): Promise<unknown> {
  switch (action) {
    case 'start':
      return operations.start(id)
    case 'complete':
      return operations.complete(id, null)
    case 'retry':
      return operations.retry(id)
    case 'cancel':
      return operations.cancel(id)
    default:
      return operations.fail(
        id,
        new KitError(action === 'fail' ? 'TIMEOUT' : 'ACCESS_DENIED', action)
      )
  }
}

/** Does the steps, and returns what is wrong. */
async function tried(folder: string, steps: readonly Step[]): Promise<string | undefined> {
  let opened = await openOperations(folder, OPTIONS)
  const model = new Map<string, Modelled>()
  let working: Promise<unknown>[] = []
  let archives = 0
  for (const { action, which, isBeside } of steps) {
    const [id, one] = [...model].filter(([id]) => opened.operations.byId(id) !== undefined).at(which * model.size) ?? [] // prettier-ignore
    if (action === 'begin') {
      const { operation_id } = await opened.operations.begin({ operation_type: 'heal', backend: 'disk', parameters: {} }) // prettier-ignore
      model.set(operation_id, { status: 'pending', failures: 0 })
    } else if (action === 'archive') {
      if (archives++ < MOST_ARCHIVES) working.push(opened.operations.archive())
    } else if (action === 'reopen') {
      await Promise.all(working)
      await opened.close()
      opened = await openOperations(folder, OPTIONS)
      for (const other of model.values()) if (other.status === 'running') other.status = 'pending'
    } else if (id !== undefined && one !== undefined) {
      const isRefused = expect(action, one)
      const acted = act(opened, action, id).then(
        () => isRefused && Promise.reject(new Error(`${action} of ${one.status} is not refused`)),
        (error: unknown) => {
          if (!isRefused || !isKitError(error, 'INVALID_ARGUMENT')) throw error
        }
      )
      working.push(acted)
    }
    if (isBeside) continue
    await Promise.all(working)
    working = []
  }
  await Promise.all(working)
  await opened.close()
  const archived = (
    await Promise.all(archivesIn(folder).map((one) => readArchive(folder, one)))
  ).flat()
  const all = [...archived, ...readOperations(folder)]
  if (all.length !== model.size) return `${all.length} operations, not ${model.size}`
  for (const { operation_id: id, status, retry_count: failures } of all) {
    const wanted = model.get(id)
    if (status !== wanted?.status || failures !== wanted.failures)
      return `${id} is ${status} (${failures}), not ${JSON.stringify(wanted)}`
  }
  return undefined
}

t.test(
  'operations are found once, in the state that they should have',
  { timeout: 600_000 },
  async (t) => {
    const check = async (steps: readonly Step[]): Promise<void> => {
      const fault = await tried(tempFolder(t, 'operations-model'), steps)
      if (fault !== undefined) throw new Error(fault)
    }
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), check), {
      numRuns: RUNS
    })
    t.pass(`${RUNS} sequences`)
  }
)
