/** `mcp`: serves an assistant over stdin and stdout. */
import { expandHome } from '../../config/config.js'
import { serveOverStdio } from '../../mcp/serve-stdio.js'
import { queryLimitsFrom } from '../../operations/query-limits.js'
import { flagOf, listOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { services, config, configProblems } = context
  const settings = () => ({
    get profile() {
      return config['add.profile']
    },
    get limits() {
      return queryLimitsFrom(config)
    },
    configProblems
  })
  const roots = listOf(context, 'root').map(expandHome)
  const parts = { services, settings, roots, readOnly: flagOf(context, 'read-only') }
  await serveOverStdio(parts, context.run.signal, (message) => context.note(`mcp: ${message}`))
}
