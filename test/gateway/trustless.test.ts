/** Blocks, archives and records for clients that verify: trustless-gateway, IPIP-402, IPIP-412. */
import t from 'tap'
import { CarReader } from '@ipld/car'
import { parseIpnsName } from '../../src/names/ipns-name.js'
import { verifyIpnsRecord } from '../../src/names/ipns-record.js'
import { checkReply, conformanceGateway, type Reply } from '../support/gateway.js'

t.setTimeout(60_000)

const BLOCKS = 'bafybeie72edlprgtlwwctzljf6gkn2wnlrddqjbkxo3jomh4n7omwblxly'
const DIR = 'bafybeifaqksygmsbnqe76kwvxoqxtkzcwssq5jkhuo65ldtqiunr3bxlra'
const ASCII = 'bafkreihhpc5y2pqvl5rbe5uuyhqjouybfs3rvlmisccgzue2kkt5zq6upq'
const RAW = { accept: 'application/vnd.ipld.raw' }

const SUBDIR = 'bafybeietjm63oynimmv5yyqay33nui4y4wx6u3peezwetxgiwvfmelutzu'
const SUBDIR_SUB = 'bafybeiggghzz6dlue3m6nb2dttnbrygxh3lrjl5764f2m4gq7dgzdt55o4'
const CAR_ASCII = 'bafkreifkam6ns4aoolg3wedr4uzrs3kvq66p4pecirz6y2vlrngla62mxm'
const HELLO = 'bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4'
const MIXED = 'bafybeidh6k2vzukelqtrjsmd4p52cpmltd2ufqrdtdg6yigi73in672fwu'
const MIXED_SUB = 'bafybeicnmple4ehlz3ostv2sbojz3zhh5q7tz5r2qkfdpqfilgggeen7xm'
const MULTI = 'bafybeigcisqd7m5nf3qmuvjdbakl5bdnh4ocrmacaqkpuh77qjvggmt2sa'
const PARTS = [
  'bafkreie5noke3mb7hqxukzcy73nl23k6lxszxi5w3dtmuwz62wnvkpsscm',
  'bafkreih4ephajybraj6wnxsbwjwa77fukurtpl7oj7t7pfq545duhot7cq',
  'bafkreigu7buvm3cfunb35766dn7tmqyh2um62zcio63en2btvxuybgcpue',
  'bafkreicll3huefkc3qnrzeony7zcfo7cr3nbx64hnxrqzsixpceg332fhe',
  'bafkreifst3pqztuvj57lycamoi7z34b4emf7gawxs74nwrc2c7jncmpaqm'
]
const HAMT = 'bafybeidbclfqleg2uojchspzd4bob56dqetqjsj27gy2cq3klkkgxtpn4i'
const CBOR_DIR = 'bafybeia264q44a3kmfc2otctzu4egp2k235o3t7mslz2yjraymp4nv6asi'
const DOCUMENT = 'bafyreidy4q6mmetut5jzc54ambsfnatbyoujmwbfzyyolqw24majazwgha'
const HOLED = 'QmYhmPjhFjYFyaoiuNzYv8WGavpSRDwdHWe5B4M5du5Rtk'
const DUPLICATES = 'bafybeihchr7vmgjaasntayyatmp5sv6xza57iy2h4xj7g46bpjij6yhrmy'

async function blocksIn(reply: Reply): Promise<string[]> {
  const car = await CarReader.fromBytes(reply.body)
  const cids: string[] = []
  for await (const { cid } of car.blocks()) cids.push(String(cid))
  return cids
}

t.test('what can be verified', async (t) => {
  const { ask } = await conformanceGateway(t)

  t.test('raw blocks', async (t) => {
    const block = (await ask(`/ipfs/${DIR}?format=raw`)).body
    checkReply(t, 'by path', await ask(`/ipfs/${BLOCKS}/dir?format=raw`), {
      status: 200,
      body: block
    })
    checkReply(t, 'by Accept', await ask(`/ipfs/${BLOCKS}/dir`, { headers: RAW }), {
      status: 200,
      body: block
    })
    const part = await ask(`/ipfs/${BLOCKS}/dir`, { headers: { ...RAW, range: 'bytes=6-16' } })
    checkReply(t, 'a range', part, {
      status: 206,
      headers: { 'content-type': RAW.accept, 'content-range': 'bytes 6-16/57' },
      body: block.subarray(6, 17)
    })
    const text = 'hello application/vnd.ipld.raw\n'
    const first = await ask(`/ipfs/${ASCII}`, { headers: { ...RAW, range: 'bytes=6-16,0-4' } })
    checkReply(t, 'the first range of two', first, { status: 206, headers: { 'content-range': 'bytes 6-16/31', 'content-type': RAW.accept }, body: text.slice(6, 17) }) // prettier-ignore
    for (const path of [`/ipfs/${ASCII}`, `/ipfs/${BLOCKS}/dir/ascii.txt`])
      checkReply(t, path, await ask(path, { headers: RAW }), {
        status: 200,
        headers: {
          'content-type': RAW.accept,
          'content-length': '31',
          'content-disposition': `attachment; filename="${ASCII}.bin"`,
          'x-content-type-options': 'nosniff',
          etag: `"${ASCII}.raw"`,
          'x-ipfs-path': path,
          'x-ipfs-roots': new RegExp(ASCII),
          'cache-control': /public, max-age=29030400, immutable/,
          'content-location': `${path}?format=raw`
        },
        body: text
      })
    checkReply(t, 'a name', await ask(`/ipfs/${ASCII}?filename=foobar.bin`, { headers: RAW }), {
      headers: { 'content-disposition': 'attachment; filename="foobar.bin"' }
    })
  })

  t.test('archives', async (t) => {
    const hamt = await blocksIn(await ask(`/ipfs/${HAMT}?format=car&dag-scope=entity`))
    t.ok(hamt.length > 1 && hamt[0] === HAMT, 'all shards')
    const file685 = await ask(`/ipfs/${HAMT}/685.txt`)
    const way = await blocksIn(await ask(`/ipfs/${HAMT}/685.txt?format=car&dag-scope=block`))
    t.ok(way.length >= 2 && way.length < hamt.length && way[0] === HAMT, 'the shards on the way')
    const whole = await blocksIn(await ask(`/ipfs/${HAMT}/685.txt?format=car`))
    t.same(whole.slice(0, way.length), way)
    t.ok(whole.length > way.length, 'and the parts of the file')
    t.equal(file685.status, 200)
    const multi = `/ipfs/${MULTI}?format=car&dag-scope=entity&entity-bytes=`
    const cases: [string, string, readonly string[]][] = [
      [
        'a file by its path',
        `/ipfs/${SUBDIR}/subdir/ascii.txt?format=car`,
        [SUBDIR, SUBDIR_SUB, CAR_ASCII]
      ],
      ['over dag-cbor', `/ipfs/${DOCUMENT}/files/single?format=car`, [DOCUMENT, HELLO]],
      ['a folder alone', `/ipfs/${SUBDIR}/subdir?format=car&dag-scope=block`, [SUBDIR, SUBDIR_SUB]],
      [
        'a file alone',
        `/ipfs/${SUBDIR}/subdir/ascii.txt?format=car&dag-scope=block`,
        [SUBDIR, SUBDIR_SUB, CAR_ASCII]
      ],
      ['a folder as an entity', `/ipfs/${SUBDIR}?format=car&dag-scope=entity`, [SUBDIR]],
      [
        'a file as an entity',
        `/ipfs/${MIXED}/subdir/ascii.txt?format=car&dag-scope=entity`,
        [MIXED, MIXED_SUB, CAR_ASCII]
      ],
      [
        'a file in parts',
        `/ipfs/${MIXED}/subdir/multiblock.txt?format=car&dag-scope=entity`,
        [MIXED, MIXED_SUB, MULTI, ...PARTS]
      ],
      [
        'a value as an entity',
        `/ipfs/${CBOR_DIR}/document?format=car&dag-scope=entity`,
        [CBOR_DIR, DOCUMENT]
      ],
      [
        'all of a folder',
        `/ipfs/${MIXED}/subdir?format=car&dag-scope=all`,
        [MIXED, MIXED_SUB, CAR_ASCII, HELLO, MULTI, ...PARTS]
      ],
      [
        'all of a file',
        `/ipfs/${MIXED}/subdir/multiblock.txt?format=car&dag-scope=all`,
        [MIXED, MIXED_SUB, MULTI, ...PARTS]
      ],
      [
        'before what is missing',
        `/ipfs/${HOLED}?format=car&dag-scope=entity&entity-bytes=0:1000`,
        [HOLED, 'QmPKt7ptM2ZYSGPUc8PmPT2VBkLDK3iqpG9TBJY7PCE9rF']
      ],
      [
        'behind what is missing',
        `/ipfs/${HOLED}?format=car&dag-scope=entity&entity-bytes=2200:*`,
        [HOLED, 'QmWXY482zQdwecnfBsj78poUUuPXvyw2JAFAEMw4tzTavV']
      ],
      [
        'a whole range',
        `/ipfs/${MIXED}/subdir/multiblock.txt?format=car&dag-scope=entity&entity-bytes=0:*`,
        [MIXED, MIXED_SUB, MULTI, ...PARTS]
      ],
      ['a range of a folder', `/ipfs/${HAMT}?format=car&dag-scope=entity&entity-bytes=0:*`, hamt],
      ['from the middle', `${multi}512:*`, [MULTI, ...PARTS.slice(2)]],
      ['in the middle', `${multi}512:1023`, [MULTI, ...PARTS.slice(2, 4)]],
      ['up to near the end', `${multi}512:-256`, [MULTI, ...PARTS.slice(2, 4)]],
      ['the end', `${multi}-5:*`, [MULTI, ...PARTS.slice(3)]],
      ['more than there is', `${multi}-9999:*`, [MULTI, ...PARTS]],
      ['more than there is, not to the end', `${multi}-9999:-3`, [MULTI, ...PARTS.slice(0, 4)]],
      ['the first byte', `${multi}0:0`, [MULTI, PARTS[0]!]]
    ]
    for (const [name, path, blocks] of cases)
      for (const headers of [{}, { accept: 'application/vnd.ipld.car' }]) {
        const inHeader = 'accept' in headers
        const reply = await ask(
          inHeader ? path.replace('format=car&', '').replace('format=car', '') : path,
          { headers }
        )
        checkReply(t, name, reply, {
          status: 200,
          headers: {
            'x-content-type-options': 'nosniff',
            'accept-ranges': 'none',
            'content-type': /^application\/vnd\.ipld\.car; version=1/,
            'content-disposition': /^attachment; filename=".*\.car"$/
          }
        })
        t.same(await blocksIn(reply), blocks, name)
      }
    checkReply(t, 'no such file', await ask(`/ipfs/${SUBDIR}/subdir/i-do-not-exist?format=car`), {
      status: 404
    })
    checkReply(t, 'what is missing', await ask(`/ipfs/${HOLED}?format=car`), { status: 404, has: ['is not in the local store'] }) // prettier-ignore
    for (const wrong of [
      'dag-scope=none',
      'entity-bytes=5',
      'entity-bytes=9:3',
      'car-version=2',
      'car-order=bfs',
      'car-dups=maybe'
    ])
      checkReply(t, wrong, await ask(`/ipfs/${MULTI}?format=car&${wrong}`), { status: 400 })
  })

  t.test('duplicates and order', async (t) => {
    const all = [DUPLICATES, CAR_ASCII, CAR_ASCII, HELLO, MULTI, ...PARTS]
    const car = (path: string, parameters: string): Promise<Reply> =>
      ask(path, { headers: { accept: `application/vnd.ipld.car; ${parameters}` } })
    for (const path of [`/ipfs/${DUPLICATES}`, `/ipfs/${DUPLICATES}?format=car`]) {
      const reply = await car(path, 'version=1; order=dfs; dups=y')
      checkReply(t, 'as often as met', reply, {
        status: 200,
        headers: { 'content-type': /order=dfs; dups=y/ }
      })
      t.same(await blocksIn(reply), all)
    }
    const once = await car(`/ipfs/${DUPLICATES}`, 'version=1; order=dfs; dups=n')
    checkReply(t, 'once', once, { status: 200, headers: { 'content-type': /order=dfs; dups=n/ } })
    t.same(await blocksIn(once), [...new Set(all)])
    const unknown = await car(`/ipfs/${DUPLICATES}`, 'version=1; order=unk')
    checkReply(t, 'any order', unknown, { status: 200, headers: { 'content-type': /order=/ } })
    const identity = await car('/ipfs/bafkqaf3imvwgy3zaneqgc3janfxgy2lomvscay3jmqfa', 'dups=y')
    checkReply(t, 'a block in its CID', identity, {
      status: 200,
      headers: { 'content-type': /dups=y/ }
    })
    t.same(await blocksIn(identity), [])
  })

  t.test('records of names', async (t) => {
    const key = 'k51qzi5uqu5dlxdsdu5fpuu7h69wu4ohp32iwm9pdt9nq3y5rpn3ln9j12zfhe'
    for (const [path, headers] of [
      [`/ipns/${key}?format=ipns-record`, {}],
      [`/ipns/${key}`, { accept: 'application/vnd.ipfs.ipns-record' }]
    ] as const) {
      const reply = await ask(path, { headers })
      checkReply(t, path, reply, {
        status: 200,
        headers: {
          'content-type': 'application/vnd.ipfs.ipns-record',
          'content-disposition': `attachment; filename="${key}.ipns-record"`,
          'cache-control': /^public, max-age=\d+$/
        }
      })
      const { value } = verifyIpnsRecord(reply.body, parseIpnsName(key)!, Date.now())
      t.equal(value, '/ipfs/bafybeib3ffl2teiqdncv3mkz4r23b5ctrwkzrrhctdbne6iboayxuxk5ui')
    }
    checkReply(t, 'a name', await ask(`/ipns/${key}?format=ipns-record&filename=test%D1%82%D0%B5%D1%81%D1%82.ipns-record`), { headers: { 'content-disposition': `attachment; filename="test____.ipns-record"; filename*=UTF-8''test%D1%82%D0%B5%D1%81%D1%82.ipns-record` } }) // prettier-ignore
    checkReply(t, 'with a path', await ask(`/ipns/${key}/root2?format=ipns-record`), {
      status: 400
    })
    checkReply(t, 'of content', await ask(`/ipfs/${ASCII}?format=ipns-record`), { status: 400 })
  })
})
