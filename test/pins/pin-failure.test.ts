/** What is said of a pin that another side has given up. */
import t from 'tap'
import type { PinStatus } from '../../backends/facets/remote-pins.js'
import { pinFailure } from '../../src/pins/pin-failure.js'

const cid = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const status = (state: PinStatus['state'], details = ''): PinStatus => ({
  state,
  name: '',
  details,
  delegates: [],
  holders: []
})

t.test('a pin that failed says why, in the words of who could not keep it', async (t) => {
  t.match(pinFailure('far', cid, status('failed', 'no peers')), {
    code: 'BACKEND_UNAVAILABLE',
    message: `backend far could not pin ${cid}: no peers`
  })
  const holders = [
    { name: 'p1', state: 'failed' as const, details: 'disk full' },
    { name: 'p2', state: 'pinned' as const, details: '' }
  ]
  t.match(pinFailure('far', cid, { ...status('failed'), holders }).message, /: p1: disk full$/)
  t.match(pinFailure('far', cid, status('failed')).message, /it gives no reason/)
})
