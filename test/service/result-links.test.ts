/** Results of saved queries: those of the texts as they are now. */
import t from 'tap'
import { Cid, RAW } from '../../src/core/cid.js'
import { NotReady } from '../../src/core/not-ready.js'
import { SHA2_256, sha256 } from '../../src/core/hash.js'
import { ResultLinks } from '../../src/service/result-links.js'
import { TestClock } from '../support/clock.js'

const cidOf = (text: string): Cid => Cid.v1(RAW, SHA2_256, sha256(Buffer.from(text)))
const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined } // prettier-ignore

t.test('a result is that of the query as it is saved at this moment', async (t) => {
  const clock = new TestClock()
  const saved = new Map<string, string>()
  const compute = (query: string): Promise<Cid | undefined> => {
    const text = saved.get(query)
    return Promise.resolve(text === undefined ? undefined : cidOf(text))
  }
  const links = new ResultLinks(compute, (query) => saved.get(query), clock, silent)
  const result = async (): Promise<string> => {
    try {
      return String(links.result('q', 'csv'))
    } catch (error) {
      if (!(error instanceof NotReady)) throw error
      await links.prepare('q.csv', new AbortController().signal)
      return String(links.result('q', 'csv'))
    }
  }
  t.equal(await result(), 'undefined')
  for (const text of ['SELECT 1', 'SELECT 2']) {
    saved.set('q', text)
    t.equal(await result(), String(cidOf(text)), text)
    t.equal(String(links.result('q', 'csv')), String(cidOf(text)), 'it is not computed again')
  }
  saved.delete('q')
  t.equal(await result(), 'undefined')
  clock.advance(1000)
  t.throws(() => links.result('q', 'csv'), NotReady)
})
