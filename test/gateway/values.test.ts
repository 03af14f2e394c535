/** JSON and CBOR by their own codecs: as they are, never converted (IPIP-524). */
import t from 'tap'
import { checkReply, conformanceGateway } from '../support/gateway.js'

t.setTimeout(60_000)

const VALUES = {
  json: {
    dag: 'baguqeeram5ujjqrwheyaty3w5gdsmoz6vittchvhk723jjqxk7hakxkd47xq',
    plain: 'bagaaierajjsnhsxqlgfrvknlt7z2heoljcgfv37cn45tu7mhmr23x3ekiboq',
    both: 'bagaaieraonzu3mlwidrcjnpqd2ibmjiiycnfucdzotvjq5ajubwnkmlzomrq',
    disposition: 'inline',
    length: '124'
  },
  cbor: {
    dag: 'bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim',
    plain: 'bafireif3aymeikgfbofx533yf5vlx4kimzq6zmzmpra2mnzfsfnmv4hchm',
    both: 'bafireidluuxmsc4uzpqkcq547wavvod7rrq2v7yixuvdy2qu3eqkbvycsu',
    disposition: 'attachment',
    length: '76'
  }
} as const
const JSON_FILE = 'bafkreibrppizs3g7axs2jdlnjua6vgpmltv7k72l7v7sa6mmht6mne3qqe'
const TEXT = 'bafkreialihlqnf5uwo4byh4n3cmwlntwqzxxs2fg5vanqdi3d7tb2l5xkm'
const IMMUTABLE = 'public, max-age=29030400, immutable'

t.test('values', async (t) => {
  const { ask } = await conformanceGateway(t)

  t.test('JSON in a file is a file', async (t) => {
    for (const headers of [{}, { accept: 'application/json' }])
      checkReply(t, JSON.stringify(headers), await ask(`/ipfs/${JSON_FILE}`, { headers }), {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: '{ "test": "i am a plain json file" }\n'
      })
    for (const format of ['json', 'cbor']) {
      const expected = { status: 200, headers: { 'content-type': /text\/plain/ }, body: 'I am a txt file on path with utf8\n' } // prettier-ignore
      checkReply(t, format, await ask(`/ipfs/${TEXT}?format=${format}`), expected)
      const headers = { accept: `application/${format}` }
      checkReply(t, format, await ask(`/ipfs/${TEXT}`, { headers }), expected)
    }
  })

  t.test('nothing is converted', async (t) => {
    const wrong = [
      [TEXT, 'dag-json'],
      [TEXT, 'dag-cbor'],
      [VALUES.json.dag, 'dag-cbor'],
      [VALUES.cbor.dag, 'dag-json'],
      [VALUES.json.dag, 'cbor']
    ] as const
    for (const [cid, format] of wrong) {
      checkReply(t, format, await ask(`/ipfs/${cid}?format=${format}`), {
        status: 406,
        has: ['format=raw']
      })
      if (!format.startsWith('dag-')) continue
      const headers = { accept: `application/vnd.ipld.${format}` }
      checkReply(t, format, await ask(`/ipfs/${cid}`, { headers }), { status: 406 })
    }
  })

  for (const [kind, { dag, plain, both, disposition, length }] of Object.entries(VALUES)) {
    t.test(`plain ${kind}`, async (t) => {
      const raw = (await ask(`/ipfs/${plain}?format=raw`)).body
      const asked = [
        [`/ipfs/${plain}`, {}],
        [`/ipfs/${plain}?format=${kind}`, {}],
        [`/ipfs/${plain}`, { accept: `application/${kind}` }]
      ] as const
      for (const [path, headers] of asked) {
        const expected = {
          headers: {
            'content-type': `application/${kind}`,
            'content-disposition': `${disposition}; filename="${plain}.${kind}"`
          }
        }
        checkReply(t, path, await ask(path, { headers }), { ...expected, status: 200, body: raw })
        const ranges = [['bytes=7-9', 7, 10], ['bytes=1-3,7-9', 1, 4]] as const // prettier-ignore
        for (const [range, from, to] of ranges)
          checkReply(t, range, await ask(path, { headers: { ...headers, range } }), {
            ...expected,
            status: 206,
            body: raw.subarray(from, to)
          })
      }
      const body = (await ask(`/ipfs/${both}?format=raw`)).body
      checkReply(t, 'as what it also is', await ask(`/ipfs/${both}?format=dag-${kind}`), {
        status: 200,
        headers: {
          'content-type': `application/vnd.ipld.dag-${kind}`,
          'content-disposition': `${disposition}; filename="${both}.${kind}"`
        },
        body
      })
    })

    t.test(`dag-${kind}`, async (t) => {
      const path = `/ipfs/${dag}`
      const raw = (await ask(`${path}?format=raw`)).body
      const dagType = `application/vnd.ipld.dag-${kind}`
      const forms = [
        [path, {}, dagType],
        [`${path}/`, {}, dagType],
        [`${path}?format=dag-${kind}`, {}, dagType],
        [path, { accept: dagType }, dagType],
        [path, { accept: `foo, ${dagType},bar` }, dagType],
        [`${path}?format=${kind}`, {}, `application/${kind}`],
        [path, { accept: `application/${kind}` }, `application/${kind}`]
      ] as const
      for (const [at, headers, type] of forms) {
        const expected = { headers: { 'content-type': type } }
        checkReply(t, at, await ask(at, { headers }), { ...expected, status: 200, body: raw })
        const part = await ask(at, { headers: { ...headers, range: 'bytes=7-9' } })
        checkReply(t, at, part, { status: 206, headers: { 'content-type': type, 'content-range': `bytes 7-9/${length}` }, body: raw.subarray(7, 10) }) // prettier-ignore
      }
      const accept = { headers: { accept: dagType } }
      checkReply(t, 'headers', await ask(path, accept), {
        headers: {
          'content-length': length,
          'content-disposition': `${disposition}; filename="${dag}.${kind}"`,
          'x-content-type-options': 'nosniff',
          etag: `"${dag}.dag-${kind}"`,
          'x-ipfs-path': path,
          'x-ipfs-roots': dag,
          'cache-control': IMMUTABLE,
          'content-location': `${path}?format=dag-${kind}`
        }
      })
      checkReply(t, 'a name', await ask(`${path}?filename=foobar.${kind}`, accept), {
        headers: { 'content-disposition': `${disposition}; filename="foobar.${kind}"` }
      })
      checkReply(
        t,
        'a download',
        await ask(`${path}?filename=foobar.${kind}&download=true`, accept),
        {
          headers: { 'content-disposition': `attachment; filename="foobar.${kind}"` }
        }
      )
      for (const at of [path, `${path}?format=dag-${kind}`])
        checkReply(t, 'HEAD', await ask(at, { method: 'HEAD' }), {
          status: 200,
          headers: { 'content-type': dagType, 'content-length': length }
        })
      checkReply(t, 'a page', await ask(`${path}/`, { headers: { accept: 'text/html' } }), {
        status: 200,
        headers: {
          etag: /DagIndex-/,
          'content-type': /text\/html/,
          'content-disposition': undefined,
          'cache-control': undefined
        },
        has: ['</html>']
      })
      checkReply(t, 'a value inside', await ask(`${path}/foo?format=dag-${kind}`), {
        status: 501,
        has: ['reading IPLD Kinds other than Links (CBOR Tag 42) is not implemented']
      })
      checkReply(t, 'over links', await ask(`${path}/foo/link/bar?format=dag-${kind}`), { status: 200, has: ['this is not a link'] }) // prettier-ignore
      checkReply(t, 'no such key', await ask(`${path}/foo/i-do-not-exist`), { status: 404 })
    })
  }
})
