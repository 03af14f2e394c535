/** The preparer: one preparation for all who ask, failures that are told, a thread that ends. */
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { TableBuilders } from '../../src/service/table-builders.js'
import { rawCid } from '../support/stores.js'

/** A thread that counts; it fails for some, and dies of others. */
const WORK = `
  const { parentPort } = require('node:worker_threads')
  let count = 0
  parentPort.on('message', (cid) => {
    const last = cid[cid.length - 1]
    if (last % 3 === 1) parentPort.postMessage({ type: 'failed', code: 'CORRUPT_FORMAT', message: 'no' })
    else if (last % 3 === 2) process.exit(1)
    else setTimeout(() => parentPort.postMessage({ type: 'done', unsaved: new Uint8Array([++count]) }), 20)
  })
`

/** CIDs by what the thread does with them. */
const cidsThat = (what: 0 | 1 | 2, count: number) => {
  const found = []
  for (let i = 0; found.length < count; i++) {
    const cid = rawCid(Buffer.from(`${i}`))
    if (cid.bytes.at(-1)! % 3 === what) found.push(cid)
  }
  return found
}

t.test('the preparer', async (t) => {
  let hired = 0
  const preparer = new TableBuilders(() => {
    hired++
    return new Worker(WORK, { eval: true })
  })
  const [one, two, three, four] = cidsThat(0, 4)
  const answers = await Promise.all([one, one, one].map((cid) => preparer.prepare(cid!)))
  t.same(
    answers.map((bytes) => bytes?.[0]),
    [1, 1, 1],
    'one preparation for all who ask at the same time'
  )
  await t.rejects(preparer.prepare(cidsThat(1, 1)[0]!), { code: 'CORRUPT_FORMAT' })
  t.equal((await preparer.prepare(one!))?.[0], 2, 'asked again it is prepared again')
  t.equal(hired, 1)
  const dying = preparer.prepare(cidsThat(2, 1)[0]!)
  const others = [one, two, three, four].map((cid) => preparer.prepare(cid!))
  await t.rejects(dying, 'threats 65: a thread that dies fails what it was at')
  await t.resolves(Promise.all(others), 'and nothing else')
  t.ok(hired <= 4, `${hired} threads, a few at a time`)
})
