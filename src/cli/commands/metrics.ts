/** `metrics`: the engine, its mounts, cache, fetching and backends, as Prometheus reads them or as JSON. */
import { prometheusText, remoteText } from '../../daemon/prometheus.js'
import type { Context } from '../context.js'
import { engineReport, remoteOptions } from '../remote.js'

export async function run(context: Context): Promise<void> {
  const engine = await engineReport(context.home)
  if (engine !== undefined) {
    if (context.json) context.answer({ ...engine })
    else context.print(prometheusText(engine).trimEnd())
    return
  }
  const remote = await ownReport(context)
  if (context.json) context.answer({ remote })
  else context.print(remoteText(remote).trimEnd())
}

async function ownReport(context: Context) {
  const remote = await context.services.openRemote(context.home, remoteOptions(context))
  try {
    return await remote.report()
  } finally {
    await remote.close()
  }
}
