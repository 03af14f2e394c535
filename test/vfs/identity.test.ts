import t from 'tap'
import fc from 'fast-check'
import {
  derivedNanoseconds,
  derivedSecond,
  Fingerprint,
  fingerprintOf,
  NodeIdentity,
  type FolderIdentity
} from '../../vfs/identity.js'

const ROOT: FolderIdentity = { originLow: 0, originHigh: 0, pathLow: 0, pathHigh: 0 }

const contentOf = (text: string): Fingerprint => {
  const fingerprint = new Fingerprint()
  fingerprintOf(Buffer.from(text), fingerprint)
  return fingerprint
}

/** The node at a path: the first name is a root with content of its own. */
function nodeAt(path: readonly string[], root: string, content: string, type: 'file' | 'folder') {
  let folder = ROOT
  let node = new NodeIdentity()
  for (const [i, name] of path.entries()) {
    node = new NodeIdentity()
    const isLast = i === path.length - 1
    const own = contentOf(isLast ? content : i === 0 ? root : `folder ${name}`)
    node.become(folder, i === 0, Buffer.from(name), own, !isLast || type === 'folder')
    folder = node
  }
  return node
}

const numberOf = ({ numberLow, numberHigh }: NodeIdentity): bigint =>
  (BigInt(numberHigh) << 32n) | BigInt(numberLow)

t.test('numbers have 63 bits and are clear of the first 65,536', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), fc.string(), (path, content) => {
      const number = numberOf(nodeAt(path, 'r', content, 'file'))
      return number >= 0x10000n && number < 2n ** 63n
    })
  )
  t.pass('all of them')
})

t.test('threats 70: a file keeps its number in another version, a folder does not', async (t) => {
  const file = (root: string, content = 'text') => numberOf(nodeAt(['x', 'd', 'f'], root, content, 'file')) // prettier-ignore
  t.equal(file('one'), file('two'))
  t.not(file('one'), file('one', 'other text'))
  const folder = (root: string) => numberOf(nodeAt(['x', 'd'], root, 'the same', 'folder'))
  t.not(folder('one'), folder('two'))
  t.equal(folder('one'), folder('one'))
})

t.test('the name that a root was reached by is no part of the numbers below it', async (t) => {
  const below = (name: string) => nodeAt([name, 'd', 'f'], 'root', 'text', 'file')
  t.equal(numberOf(below('base32')), numberOf(below('base36')))
  t.not(
    nodeAt(['base32'], 'root', 'root', 'folder').placeLow,
    nodeAt(['base36'], 'root', 'root', 'folder').placeLow,
    'though they are two nodes'
  )
})

t.test('threats 69: equal files and folders at two places have two numbers', async (t) => {
  const seen = new Set<bigint>()
  let count = 0
  for (const type of ['file', 'folder'] as const)
    for (let i = 0; i < 200; i++)
      for (let k = 0; k < 200; k++) {
        seen.add(numberOf(nodeAt(['x', `${i}`, `${k}`], 'root', 'equal', type)))
        count++
      }
  t.equal(seen.size, count)
})

t.test('times lie in twenty years, and differ in whole seconds', async (t) => {
  const seconds = new Set<number>()
  for (let i = 0; i < 10_000; i++) {
    const fingerprint = contentOf(`content ${i}`)
    const second = derivedSecond(fingerprint)
    if (second < 946_684_800 || second >= 1_577_836_800) t.fail(`second ${second}`)
    if (derivedNanoseconds(fingerprint) >= 1e9) t.fail('nanoseconds')
    seconds.add(second)
  }
  t.ok(seconds.size > 9_990)
})
