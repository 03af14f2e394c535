/** Codes and cookies by which browsers are signed in. */
import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { Sessions } from '../../src/http/sessions.js'
import { TestClock } from '../support/clock.js'

const request = (cookie?: string, localPort = 8520): IncomingMessage =>
  ({ headers: { cookie }, socket: { localPort } }) as unknown as IncomingMessage

const pairOf = (header: string): string => header.split(';')[0]!

t.test('a code is good once', async (t) => {
  const sessions = new Sessions(new TestClock())
  const code = sessions.newCode({ isReadOnly: true })
  const header = sessions.begin(code, request())!
  t.match(header, /; HttpOnly; SameSite=Strict$/)
  t.match(sessions.rightsOf(request(`other=1; ${pairOf(header)}`)), { isReadOnly: true })
  t.equal(sessions.begin(code, request()), undefined)
  t.equal(sessions.begin('', request()), undefined)
})

t.test('a code is good for a minute', async (t) => {
  const clock = new TestClock()
  const sessions = new Sessions(clock)
  const code = sessions.newCode({ isReadOnly: false })
  clock.advance(60_000)
  t.equal(sessions.begin(code, request()), undefined)
})

t.test('a session that is used lasts, and one that is not ends', async (t) => {
  const clock = new TestClock()
  const sessions = new Sessions(clock)
  const asks = request(pairOf(sessions.begin(sessions.newCode({ isReadOnly: false }), request())!))
  for (let hour = 0; hour < 48; hour += 11) {
    t.match(sessions.rightsOf(asks), { isReadOnly: false })
    t.match(sessions.renew(asks), /Max-Age=43200/)
    clock.advance(11 * 3_600_000)
  }
  clock.advance(3_600_000)
  t.equal(sessions.rightsOf(asks), undefined)
  t.equal(sessions.renew(asks), undefined)
})

t.test('a session ends with its browser signing out', async (t) => {
  const sessions = new Sessions(new TestClock())
  const asks = request(pairOf(sessions.begin(sessions.newCode({ isReadOnly: false }), request())!))
  t.match(sessions.end(asks), /^ipfs_kit_session_8520=; Path=\/; Max-Age=0; /)
  t.equal(sessions.rightsOf(asks), undefined)
})

t.test('the cookie of an engine at another port is none here', async (t) => {
  const sessions = new Sessions(new TestClock())
  const pair = pairOf(sessions.begin(sessions.newCode({ isReadOnly: false }), request())!)
  t.equal(sessions.rightsOf(request(pair, 8521)), undefined)
})

t.test('many codes that nobody uses take no memory', async (t) => {
  const sessions = new Sessions(new TestClock())
  const codes = Array.from({ length: 65 }, () => sessions.newCode({ isReadOnly: false }))
  t.equal(sessions.begin(codes[0]!, request()), undefined)
  t.ok(sessions.begin(codes[1]!, request()))
})
