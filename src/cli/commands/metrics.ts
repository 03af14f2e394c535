/** `metrics`: prints the engine's report in Prometheus' text format or as JSON. */
import { metrics } from '../../operations/metrics.js'
import { prometheusText, upstreamText } from '../../operations/prometheus.js'
import type { Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { engine, remote } = await metrics(context.services, {}, context.run)
  if (context.json) context.answer(engine ?? { remote })
  else
    context.print(
      (engine === undefined ? upstreamText(remote) : prometheusText(engine)).trimEnd().split('\n')
    )
}
