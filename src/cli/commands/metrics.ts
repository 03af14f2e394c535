/** `metrics`: cache, fetching and backends in Prometheus' text format, or as JSON. */
import type { Context } from '../context.js'
import { prometheusText } from '../prometheus.js'
import { engineReport, remoteOptions } from '../remote.js'

export async function run(context: Context): Promise<void> {
  const report = (await engineReport(context.home)) ?? (await ownReport(context))
  if (context.json) context.answer({ ...report })
  else context.print(prometheusText(report).trimEnd())
}

async function ownReport(context: Context) {
  const remote = await context.services.openRemote(context.home, remoteOptions(context))
  try {
    return await remote.report()
  } finally {
    await remote.close()
  }
}
