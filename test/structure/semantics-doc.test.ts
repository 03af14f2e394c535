/** vfs/README.md and the tests of its sentences: neither says what the other does not. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { ROOT } from '../support/paths.js'

t.test('each bold sentence is the name of a test, and each such test is a sentence', async (t) => {
  const document = readFileSync(`${ROOT}vfs/README.md`, 'utf8')
  const sentences = [...document.matchAll(/^\*\*(.+?)\*\*/gm)].map((match) => match[1]!)
  const source = ['contract/vfs-suite', 'contract/mount-suite', 'mount/waiting.test']
    .map((name) => readFileSync(`${ROOT}test/${name}.ts`, 'utf8'))
    .join('\n')
  const tests = [...source.matchAll(/await t\.test\(\s*(['"])(.+?)\1,\s*(?:async|\(t\))/gs)].map(
    (match) => match[2]!.replaceAll("\\'", "'")
  )
  t.ok(sentences.length > 15)
  t.same(tests.toSorted(), sentences.toSorted())
})
