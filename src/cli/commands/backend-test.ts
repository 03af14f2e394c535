/** `backend test`: a block there and back, or a question where nothing may be put. */
import { backendTest } from '../../operations/backend-test.js'
import type { Context } from '../context.js'
import { table } from '../table.js'

/** Exit code 4 when a step fails. */
export async function run(context: Context): Promise<number> {
  const result = await backendTest(context.services, { name: context.args[0]! }, context.run)
  if (context.json) context.answer(result)
  else
    for (const line of table(
      result.steps.map(({ step, ok, ms, found }) => [ok ? 'ok' : 'FAIL', step, `${ms.toFixed(1)} ms`, found]), // prettier-ignore
      [2]
    ))
      context.print(line.trimEnd())
  return result.ok ? 0 : 4
}
