/** The word index finds the rows that have a text, and no others, wherever the text is cut out. */
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { folded } from '../../src/metadata/searched-text.js'
import { WordIndex } from '../../src/metadata/word-index.js'
import { WordIndexWriter } from '../../src/metadata/word-index-writer.js'
import { tempFolder } from '../support/temp.js'

const PIECES = ['report', 'csv', 're', 'a', 'größe', '水', '𝒙y', 'x𝒙', '12', '_', ' ', '.', '--', '/', '\n', 'é', 'e\u0301'] // prettier-ignore
const texts = fc.array(fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }), { maxLength: 30 })

t.test('a text is found in the rows that have it', (t) => {
  const path = join(tempFolder(t, 'words'), 'x.words')
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), fc.nat(), (rows, which, start, length) => {
      const lines = rows.map((pieces) => `${folded(pieces.join(''))}\n`)
      const writer = new WordIndexWriter(path)
      for (const line of lines) writer.push(line)
      writer.finish()
      const index = WordIndex.open(path)
      if (index === undefined) throw new Error('the file is not whole')
      try {
        const characters = [...(lines[which % Math.max(1, lines.length)] ?? 'report csv')]
        const from = start % characters.length
        const text = characters.slice(from, from + 1 + (length % 12)).join('')
        const found = [...index.withText(text)]
        const wanted = lines.flatMap((line, i) => (line.includes(text) ? [i] : []))
        if (found.join() !== wanted.join()) throw new Error(`${JSON.stringify(text)}: ${found} not ${wanted}`) // prettier-ignore
      } finally {
        index.close()
      }
    }),
    { numRuns: 500 }
  )
  t.end()
})

t.test('more rows than there is room for at first', (t) => {
  const path = join(tempFolder(t, 'words-many'), 'x.words')
  const writer = new WordIndexWriter(path)
  for (let i = 0; i < 5000; i++) writer.push(`alpha_${i}.csv\n`)
  writer.finish()
  const index = WordIndex.open(path)!
  const find = (text: string) => [...index.withText(text)]
  t.same(find('alpha_4999.csv'), [4999])
  t.equal(find('.csv').length, 5000)
  t.same(find('csv_alpha'), [])
  t.same(find('_4999.'), [4999])
  index.close()
  t.end()
})

t.test('a text whose words are parts of very many words', (t) => {
  const path = join(tempFolder(t, 'words-short'), 'x.words')
  const writer = new WordIndexWriter(path)
  const lines = Array.from({ length: 60_000 }, (_, i) => `x${i} 1_2${i} ${i === 41_000 ? '7 7' : ''} red_${i % 3 === 0 ? 'green' : 'blue'} apple\n`) // prettier-ignore
  for (const line of lines) writer.push(line)
  writer.finish()
  const index = WordIndex.open(path)!
  for (const text of [
    '1',
    '1_2',
    '7 7',
    '9 9',
    '\n',
    '',
    ' ',
    '59 1_2',
    '_259',
    'red_green',
    'een apple',
    'd_blue apple',
    'green blue',
    'apple red',
    // Of one letter, each of which very many words have.
    'n a',
    'e a',
    '7 r',
    'e r',
    'x',
    'p'
  ])
    t.same(
      [...index.withText(text)],
      lines.flatMap((line, i) => (line.includes(text) ? [i] : [])),
      JSON.stringify(text)
    )
  index.close()
  t.end()
})

t.test('a word that ends in a letter is told from one that has it elsewhere', (t) => {
  const path = join(tempFolder(t, 'words-letters'), 'x.words')
  const writer = new WordIndexWriter(path)
  const lines = ['data river', 'a river', 'dat river', 'ab river', 'r a iver', 'x y z', 'x yy z']
  for (const line of lines) writer.push(`${line}\n`)
  writer.finish()
  const index = WordIndex.open(path)!
  for (const [text, rows] of [
    ['a river', [0, 1]],
    ['a r', [0, 1]],
    ['r a i', [4]],
    ['x y z', [5]],
    ['y z', [5, 6]]
  ] as const)
    t.same([...index.withText(text)], rows, text)
  index.close()
  t.end()
})
