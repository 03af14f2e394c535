import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { nextTurn } from '../../src/core/turns.js'
import { WorkWindow } from '../../src/core/work-window.js'

t.test('of many who have long work, one has each turn', async (t) => {
  let had = 0
  const all = Promise.all(Array.from({ length: 5 }, () => nextTurn().then(() => had++)))
  const counts: number[] = []
  for (let i = 0; i < 10; i++) {
    counts.push(had)
    await turn()
  }
  await all
  t.equal(had, 5)
  t.ok(
    counts.every((count, i) => i === 0 || count - counts[i - 1]! <= 1),
    counts.join()
  )
})

t.test('a window runs so many pieces at a time, and fails with the first error', async (t) => {
  const window = new WorkWindow(3)
  let running = 0
  let most = 0
  for (let i = 0; i < 20; i++)
    await window.add(async () => {
      most = Math.max(most, ++running)
      await turn()
      running--
    })
  await window.end()
  t.same({ running, most }, { running: 0, most: 3 })
  await window.add(() => Promise.reject(new Error('first')))
  await window.add(() => Promise.reject(new Error('second')))
  await t.rejects(window.end(), { message: 'first' })
})
