/** Serves one client over stdin and stdout, until it leaves or the process is told to end. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { onAbort } from '../core/abort.js'
import type { McpParts } from './server.js'
import { makeServer } from './server.js'

/** Largest message in bytes: content that is added comes in one. */
const MAX_MESSAGE = 16 << 20

/**
 * Resolves when the client closed its end.
 * @param signal ends it. @param tell receives what went wrong with the connection.
 */
export async function serveOverStdio(
  parts: McpParts,
  signal: AbortSignal,
  tell: (message: string) => void
): Promise<void> {
  const transport = new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE }) // prettier-ignore
  const onerror = ({ message }: Error): void => tell(message)
  const ended = new Promise<void>((resolve) => {
    const handle = serveStdio(() => makeServer(parts), { transport, onerror })
    const passOn = transport.onclose
    transport.onclose = () => {
      passOn?.()
      resolve()
    }
    onAbort(signal, () => void handle.close().then(resolve))
  })
  await ended
}
