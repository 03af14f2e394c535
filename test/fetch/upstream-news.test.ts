import t from 'tap'
import type { Metered } from '../../backends/wrap/metered.js'
import { Cid } from '../../src/core/cid.js'
import { UpstreamNews, type FetchNews, type Looked } from '../../src/fetch/upstream-news.js'
import { TestClock } from '../support/clock.js'

const CID = 'bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'

interface State {
  blocks: number
  bytes: number
  evicted: number
  isFailing: boolean
  gave: number
}

t.test('what changed within a second is one event, and nothing is told of nothing', async (t) => {
  const clock = new TestClock()
  const told: FetchNews[] = []
  const news = new UpstreamNews(clock, (one) => told.push(one))
  const state: State = { blocks: 0, bytes: 0, evicted: 0, isFailing: false, gave: 0 }
  const find = (): Looked => {
    const { blocks, bytes, evicted, isFailing, gave } = state
    const metrics = { requests: gave, bytes: gave, lastError: 'refused' }
    const backend = { name: 'node', isDown: false, isFailing, metrics } as Metered
    return { fetched: { blocks, bytes }, evicted: { blocks: evicted, bytes: evicted * 10 }, backends: [backend] } // prettier-ignore
  }
  const look = (): FetchNews[] => {
    clock.advance(1000)
    news.look(find)
    return told.splice(0)
  }
  t.same(look(), [], 'a backend that was never asked is neither up nor down')
  for (let i = 0; i < 100; i++) news.asked(Cid.parse(CID))
  Object.assign(state, { blocks: 7, bytes: 700, gave: 700 })
  t.same(look(), [
    { type: 'backend_up', backend: 'node' },
    { type: 'fetched', cids: [CID], more: 0, blocks: 7, bytes: 700, backends: ['node'] }
  ])
  t.same(look(), [])
  Object.assign(state, { blocks: 9, bytes: 900, evicted: 3 })
  t.same(look(), [
    { type: 'fetched', cids: [], more: 0, blocks: 2, bytes: 200, backends: [] },
    { type: 'evicted', blocks: 3, bytes: 30 }
  ])
  state.isFailing = true
  news.look(find)
  t.same(told, [], 'it is looked at once a second')
  t.same(look(), [{ type: 'backend_down', backend: 'node', error: 'refused' }])
  state.isFailing = false
  t.same(look(), [{ type: 'backend_up', backend: 'node' }])
})
