/** `metrics`: prints figures of the home in Prometheus' text format or as JSON, or writes them to a file. */
import { resolve } from 'node:path'
import { metrics } from '../../operations/metrics.js'
import { prometheusText } from '../../operations/prometheus.js'
import { writeTextfile } from '../../operations/metrics-textfile.js'
import { sourcesFrom } from '../config-sources.js'
import { valueOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { services, run, options } = context
  const report = await metrics(services, { sources: sourcesFrom(options) }, run)
  const textfile = valueOf(context, 'textfile')
  if (textfile !== undefined) writeTextfile(resolve(textfile), prometheusText(report, Date.now()))
  if (context.json) context.answer(report)
  else if (textfile === undefined)
    context.print(prometheusText(report, Date.now()).trimEnd().split('\n'))
}
