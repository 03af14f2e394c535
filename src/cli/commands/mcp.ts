/** `mcp`: serves an assistant over stdin and stdout. */
import { expandHome } from '../../config/config.js'
import { serveOverStdio } from '../../mcp/serve-stdio.js'
import { flagOf, listOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const { services, config } = context
  const roots = listOf(context, 'root').map(expandHome)
  const parts = { services, roots, readOnly: flagOf(context, 'read-only'), profile: () => config['add.profile'] } // prettier-ignore
  await serveOverStdio(parts, context.run.signal, (message) => context.note(`mcp: ${message}`))
}
