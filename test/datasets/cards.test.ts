/** Cards of datasets: what is written is read again, and says what others look for. */
import t from 'tap'
import { parse } from 'yaml'
import { columnType } from '../../src/datasets/column-type.js'
import { croissantOf, readCroissant } from '../../src/datasets/croissant.js'
import type { Described } from '../../src/datasets/description.js'
import { huggingFaceCard, readHuggingFaceCard } from '../../src/datasets/hugging-face-card.js'

const SCHEMA = [
  { name: 'id', type: 'BIGINT' },
  { name: 'price', type: 'DECIMAL(9,2)' },
  { name: 'at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'label', type: 'INTEGER' },
  { name: 'tags', type: 'VARCHAR[]' },
  { name: 'place', type: "STRUCT(\"post code\" INTEGER, kind ENUM('a, b', 'c'))[]" },
  { name: 'pairs', type: 'MAP(VARCHAR, DOUBLE)' }
]
const CLASS = { name: 'label', dtype: { class_label: { names: { '0': 'no', '1': 'yes' } } } }
const VERSION: Described = {
  name: 'sales',
  cid: 'bafyreiabc',
  schema: SCHEMA,
  partitionBy: [],
  rows: 7,
  files: [{ path: 'data.parquet', bytes: 123, sha256: 'ab'.repeat(32) }],
  metadata: {
    title: 'Sales: all',
    description: 'First.\n\nSecond.',
    license: 'mit',
    features: [CLASS],
    key: ['id']
  }
}

t.test('types of columns', (t) => {
  t.same(columnType('STRUCT("a ""b" INTEGER[3], c MAP(VARCHAR, DECIMAL(3,1)))'), {
    kind: 'struct',
    fields: [
      { name: 'a "b', type: { kind: 'list', of: { kind: 'value', name: 'INTEGER', parameters: [] } } }, // prettier-ignore
      {
        name: 'c',
        type: {
          kind: 'list',
          of: {
            kind: 'struct',
            fields: [
              { name: 'key', type: { kind: 'value', name: 'VARCHAR', parameters: [] } },
              { name: 'value', type: { kind: 'value', name: 'DECIMAL', parameters: ['3', '1'] } }
            ]
          }
        }
      }
    ]
  })
  t.end()
})

t.test('a card for Hugging Face', async (t) => {
  const text = await huggingFaceCard(VERSION)
  const [, head] = text.split('---\n')
  t.same(parse(head!), {
    pretty_name: 'Sales: all',
    license: 'mit',
    dataset_info: {
      features: [
        { name: 'id', dtype: 'int64' },
        { name: 'price', dtype: 'decimal128(9, 2)' },
        { name: 'at', dtype: 'timestamp[us, tz=UTC]' },
        CLASS,
        { name: 'tags', list: 'string' },
        { name: 'place', list: [{ name: 'post code', dtype: 'int32' }, { name: 'kind', dtype: 'string' }] }, // prettier-ignore
        { name: 'pairs', list: [{ name: 'key', dtype: 'string' }, { name: 'value', dtype: 'float64' }] } // prettier-ignore
      ],
      splits: [{ name: 'train', num_bytes: 123, num_examples: 7 }],
      download_size: 123,
      dataset_size: 123
    },
    configs: [{ config_name: 'default', data_files: [{ split: 'train', path: 'data.parquet' }] }]
  })
  const read = await readHuggingFaceCard(text)
  t.match(read, { title: 'Sales: all', description: 'First.\n\nSecond.', license: 'mit' })
  t.same((read['features'] as unknown[])[3], CLASS)
  t.same(await readHuggingFaceCard('# A project\n\n---\n'), {}, 'no front matter')
  t.same(await readHuggingFaceCard('---\r\nlicense: [mit, other]\r\n---\r\n'), { license: ['mit', 'other'] }) // prettier-ignore
  t.same(await readHuggingFaceCard('---\nlicense: {a: .nan}\npretty_name: 7\n---\n# x'), {})
  await t.rejects(readHuggingFaceCard('---\na: [\n---\n'), { code: 'CORRUPT_FORMAT' })
})

t.test('a card in Croissant', (t) => {
  const text = croissantOf(VERSION)
  const source = (column: string) => ({ fileObject: { '@id': 'data.parquet' }, extract: { column } }) // prettier-ignore
  t.match(JSON.parse(text), {
    '@type': 'sc:Dataset',
    conformsTo: 'http://mlcommons.org/croissant/1.0',
    name: 'Sales: all',
    license: 'mit',
    url: 'ipfs://bafyreiabc',
    distribution: [{ '@type': 'cr:FileObject', contentUrl: 'data.parquet', contentSize: '123 B', sha256: 'ab'.repeat(32) }], // prettier-ignore
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        key: [{ '@id': 'rows/id' }],
        field: [
          { '@id': 'rows/id', dataType: 'sc:Integer', source: source('id') },
          { dataType: 'sc:Float' },
          { dataType: 'sc:DateTime' },
          { dataType: 'sc:Integer' },
          { dataType: 'sc:Text', repeated: true },
          { repeated: true, subField: [{ '@id': 'rows/place/post code', dataType: 'sc:Integer' }, { name: 'kind' }] }, // prettier-ignore
          { subField: [{ name: 'key' }, { name: 'value', dataType: 'sc:Float' }] }
        ]
      }
    ]
  })
  const read = readCroissant(text)
  t.match(read, { title: 'Sales: all', description: 'First.\n\nSecond.', license: 'mit', features: [{ name: 'id', dataType: 'sc:Integer' }] }) // prettier-ignore
  t.equal(croissantOf({ ...VERSION, metadata: { ...read, key: ['id'] } }), text)
  t.same(readCroissant('{"sc:name":"x","cr:recordSet":{"cr:field":{"sc:name":"a","sc:description":"of a"}},"license":{"url":"u"}}'), { title: 'x', license: 'u', features: [{ name: 'a', description: 'of a' }] }) // prettier-ignore
  t.same(readCroissant('[1, null]'), {})
  t.throws(() => readCroissant('{'), { code: 'CORRUPT_FORMAT' })
  const parts = JSON.parse(croissantOf({ ...VERSION, partitionBy: ['label'] })) as { recordSet: { field: unknown[] }[] } // prettier-ignore
  t.match(parts.recordSet[0]!.field[3], { source: { extract: { fileProperty: 'fullpath' }, transform: { regex: 'label=([^/]*)/' } } }) // prettier-ignore
  t.end()
})
