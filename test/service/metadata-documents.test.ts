/** Documents of `metadata/`: a snapshot that is used is kept. */
import t from 'tap'
import { isKitError } from '../../src/core/errors.js'
import { MetadataDocuments } from '../../src/service/metadata-documents.js'

t.test('a document that stays the same is readable whatever others do', async (t) => {
  let count = 0
  const documents = new MetadataDocuments((name) => Promise.resolve(name === 'still.json' ? { a: 1 } : { count: ++count })) // prettier-ignore
  const found = async (name: string): Promise<number> => {
    await documents.prepare(name)
    return documents.find(name)!.serial
  }
  const unused = await found('moving.json')
  const still = await found('still.json')
  for (let i = 0; i < 300; i++) {
    const moving = await found('moving.json')
    t.equal(documents.at(moving).serial, moving)
    if (i % 100 === 0) t.equal(documents.at(still).serial, still, 'what is used is kept')
  }
  t.throws(() => documents.at(unused), { code: 'STALE' })
  for (let i = 0; i < 300; i++) await found('moving.json')
  const again = await found('still.json')
  t.equal(Buffer.from(documents.at(again).bytes).toString(), '{\n  "a": 1\n}\n')
  t.equal(await found('still.json'), again, 'it is the same file until it is no longer kept')
  for (let i = 0; i < 300; i++) await found('moving.json')
  try {
    documents.at(documents.find('still.json')!.serial)
  } catch (error) {
    t.notOk(isKitError(error), 'it is made again and not stale')
  }
})
