/** Content by the names of keys (path-gateway, IPIP-428). */
import { join } from 'node:path'
import t from 'tap'
import { checkReply, conformanceGateway } from '../support/gateway.js'
import { FIXTURES } from '../support/paths.js'

t.setTimeout(60_000)

t.test('names', async (t) => {
  const { ask, kit } = await conformanceGateway(t)

  t.test('records are believed where the key signed them', async (t) => {
    const good = [
      'k51qzi5uqu5dilgf7gorsh9vcqqq4myo6jd4zmqkuy9pxyxi5fua3uf7axph4y',
      'k51qzi5uqu5dlkw8pxuw9qmqayfdeh4kfebhmreauqdc6a7c3y7d5i9fi8mk9w',
      'k51qzi5uqu5dit2ku9mutlfgwyz8u730on38kd10m97m36bjt66my99hb6103f'
    ]
    for (const name of good) checkReply(t, name, await ask(`/ipns/${name}`), { status: 200 })
    const bad = [
      'k51qzi5uqu5dm4tm0wt8srkg9h9suud4wuiwjimndrkydqm81cqtlb5ak6p7ku',
      'k51qzi5uqu5dlmit2tuwdvnx4sbnyqgmvbxftl0eo3f33wwtb9gr7yozae9kpw',
      'k51qzi5uqu5diamp7qnnvs1p1gzmku3eijkeijs3418j23j077zrkok63xdm8c'
    ]
    for (const name of bad)
      checkReply(t, name, await ask(`/ipns/${name}`), { status: 502, has: ['name put'] })
  })

  t.test('other forms of a key lead to the usual one', async (t) => {
    const forms = [
      [
        '12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK',
        'k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8'
      ],
      [
        'QmcJM7PRfkSbcM5cf1QugM5R37TLRKyJGgBEhXjLTB8uA2',
        'k2k4r8ol4m8kkcqz509c1rcjwunebj02gcnm5excpx842u736nja8ger'
      ]
    ] as const
    for (const [form, usual] of forms)
      checkReply(t, form, await ask(`/ipns/${form}/root2/`), { status: 302, headers: { location: `/ipns/${usual}/root2/` } }) // prettier-ignore
  })

  t.test('answers are good for as long as the record says', async (t) => {
    const key = 'k51qzi5uqu5dlxdsdu5fpuu7h69wu4ohp32iwm9pdt9nq3y5rpn3ln9j12zfhe'
    const at = `/ipns/${key}/root2/root3`
    const age = /^public, max-age=\d+$/
    checkReply(t, 'a page', await ask(`${at}/`), {
      status: 200,
      headers: {
        'x-ipfs-path': `${at}/`,
        'x-ipfs-roots': /^bafybeib3ffl.*,bafybeih2w7hj.*,bafybeiawdvhm[^,]*$/,
        etag: /DirIndex-.*_CID-bafybeiawdvhmjcz65x5egzx4iukxc72hg4woks6v6fvgyupiyt3oczk5ja/,
        'cache-control': age,
        'ipfs-uri': `ipns://${key}/root2/root3/`
      }
    })
    const file = await ask(`${at}/root4/index.html`)
    checkReply(t, 'a file', file, { status: 200, headers: { 'cache-control': age, etag: '"bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"' } }) // prettier-ignore
    const again = await ask(`${at}/root4/index.html`, {
      headers: { 'if-none-match': file.headers.etag! }
    })
    checkReply(t, 'known', again, { status: 304 })
    checkReply(t, 'json', await ask(`${at}/root4/?format=json`), {
      status: 200,
      headers: { 'cache-control': age }
    })
  })

  t.test('a record may lead below a root', async (t) => {
    const key = 'k51qzi5uqu5djokp3m1keo36hoxtd6u3a1d2rg1camf6al7p3huy63dojlm57c'
    checkReply(t, 'its folder', await ask(`/ipns/${key}/`), {
      status: 200,
      has: ['Index of', 'root3']
    })
    checkReply(t, 'a file', await ask(`/ipns/${key}/root3/root4/index.html`), {
      status: 200,
      body: 'hello\n'
    })
  })

  t.test('values', async (t) => {
    const named = [
      [
        'k51qzi5uqu5dhjghbwdvbo6mi40htrq6e2z4pwgp15pgv3ho1azvidttzh8yy2',
        'baguqeeram5ujjqrwheyaty3w5gdsmoz6vittchvhk723jjqxk7hakxkd47xq',
        'json'
      ],
      [
        'k51qzi5uqu5dghjous0agrwavl8vzl64xckoqzwqeqwudfr74kfd11zcyk3b7l',
        'bafyreibs4utpgbn7uqegmd2goqz4bkyflre2ek2iwv743fhvylwi4zeeim',
        'cbor'
      ]
    ] as const
    for (const [key, cid, kind] of named) {
      const { body } = await ask(`/ipfs/${cid}`)
      checkReply(t, kind, await ask(`/ipns/${key}`), { status: 200, body })
      checkReply(t, kind, await ask(`/ipns/${key}?format=dag-${kind}`), { status: 200, body })
      const type = `application/vnd.ipld.dag-${kind}`
      checkReply(t, kind, await ask(`/ipns/${key}`, { headers: { accept: type } }), {
        headers: { 'content-type': type, etag: `"${cid}.dag-${kind}"`, 'x-ipfs-roots': cid }
      })
      checkReply(t, kind, await ask(`/ipns/${key}/`, { headers: { accept: 'text/html' } }), {
        headers: {
          etag: /DagIndex-/,
          'content-type': /text\/html/,
          'content-disposition': undefined,
          'cache-control': undefined
        },
        has: ['</html>']
      })
    }
  })

  t.test('records are put by command', async (t) => {
    const folder = join(FIXTURES, 'gateway-conformance', 'all')
    const file = join(folder, 'QmVujd5Vb7moysJj8itnGufN7MEtPRCNHkKpNuA4onsRa3_11.ipns-record')
    const put = await kit.json<{ name: string; value: string; sequence: string }>(
      'name',
      'put',
      file
    )
    t.match(put, { success: true, name: /^k2k4r8/, value: /^\/ipfs\//, sequence: /^\d+$/ })
    t.match(await kit.ok('name', 'put', file, '--name', put.name), /leads to \/ipfs\//)
    const other = 'k51qzi5uqu5dlxdsdu5fpuu7h69wu4ohp32iwm9pdt9nq3y5rpn3ln9j12zfhe'
    t.match(await kit.json('name', 'put', file, '--name', other), {
      success: false,
      code: 'INTEGRITY'
    })
    const broken = join(
      folder,
      'k51qzi5uqu5diamp7qnnvs1p1gzmku3eijkeijs3418j23j077zrkok63xdm8c_v1-v2-broken-signature-v2_2.ipns-record'
    )
    t.match(await kit.json('name', 'put', broken), { success: false, code: 'INTEGRITY' })
    t.match(await kit.json('name', 'put', join(folder, 'fixtures.car')), {
      success: false,
      code: 'USAGE'
    })
  })
})
