/** The answer to a request of HTTP, whose connection may break at any time. */
import type { ClientRequest, IncomingMessage } from 'node:http'

/**
 * Ends a request without a body, and returns its answer. What breaks later, such as a connection that is reset or too long
 * silent, fails the body: an error of the request that nobody hears would end the process.
 */
export function answerTo(call: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined
    call.on('error', (error) => {
      if (answer === undefined) reject(error)
      else answer.destroy(error)
    })
    call.once('response', (message) => {
      answer = message
      message.on('error', () => undefined)
      resolve(message)
    })
    // Nobody asked for another protocol, and without a listener this would be neither answer nor error.
    call.once('upgrade', (_message, socket) => {
      socket.destroy()
      reject(new Error('the other side changes to another protocol'))
    })
    call.end()
  })
}
