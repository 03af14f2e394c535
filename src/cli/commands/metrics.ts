/** `metrics`: the engine, its mounts, cache, fetching and backends, as Prometheus reads them or as JSON. */
import { prometheusText, upstreamText } from '../../service/prometheus.js'
import type { Context } from '../context.js'
import { engineReport, upstreamOptions } from '../remote.js'

export async function run(context: Context): Promise<void> {
  const engine = await engineReport(context.home)
  if (engine !== undefined) {
    if (context.json) context.answer({ ...engine })
    else context.print(prometheusText(engine).trimEnd())
    return
  }
  const remote = await ownReport(context)
  if (context.json) context.answer({ remote })
  else context.print(upstreamText(remote).trimEnd())
}

async function ownReport(context: Context) {
  const remote = await context.services.openUpstream(context.home, upstreamOptions(context))
  try {
    return await remote.report()
  } finally {
    await remote.close()
  }
}
