/** Serves one client over stdin and stdout, until it leaves or the process is told to end. */
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import { onAbort } from '../core/abort.js'
import { makeServer, type McpParts } from './server.js'

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
  const transport = new EndingTransport()
  const onerror = ({ message }: Error): void => tell(message)
  const handle = serveStdio(() => makeServer(parts), { transport, onerror })
  onAbort(signal, () => void handle.close())
  await transport.ended
}

/** Says when the connection has ended, whoever ended it. */
class EndingTransport extends StdioServerTransport {
  readonly ended: Promise<void>
  #end: () => void = () => undefined

  constructor() {
    super(process.stdin, process.stdout, { maxBufferSize: MAX_MESSAGE })
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  override async close(): Promise<void> {
    await super.close()
    this.#end()
  }
}
