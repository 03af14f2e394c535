/** Answers to a caller that does not read: those that may wait are bounded. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { AnswerSender } from '../../src/service/answer-sender.js'
import { tempFolder } from '../support/temp.js'

t.test('threats 61: a caller that leaves too many long answers unread is let go', async (t) => {
  const path = join(tempFolder(t, 'answers'), 'socket')
  const server = createServer().listen(path)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const caller = connect(path).pause()
  t.teardown(() => caller.destroy())
  const [socket] = (await once(server, 'connection')) as [Socket]
  const answers = new AnswerSender(socket, 8 << 20)
  const long = 'x'.repeat(5 << 20)
  const first = answers.result(1, long)
  await answers.result(2, 'short')
  t.notOk(socket.destroyed, 'one long answer waits, and short ones')
  const second = answers.result(3, long)
  t.ok(socket.destroyed)
  await Promise.all([first, second])
})
