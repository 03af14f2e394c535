import t from 'tap'
import { entriesOf, pathBelow, type DavEntry } from '../../../backends/webdav/multistatus.js'

async function read(document: string, piece = document.length): Promise<DavEntry[]> {
  const bytes = Buffer.from(document)
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece)
  )
  const found: DavEntry[] = []
  const body = async function* (): AsyncIterable<Uint8Array> {
    yield* pieces
  }
  for await (const entry of entriesOf(body())) found.push(entry)
  return found
}

const SOUND = `<?xml version="1.0" encoding="utf-8"?>
<!-- a comment with <tags> -->
<d:multistatus xmlns:d="DAV:" xmlns:x="urn:other">
  <d:response>
    <d:href>/dav/a%20b</d:href>
    <d:propstat>
      <d:prop><d:resourcetype/><d:getcontentlength>12</d:getcontentlength><x:getetag>no</x:getetag>
        <d:getetag>&quot;ü&#x41;&#66;<![CDATA[<&]]>&quot;</d:getetag></d:prop>
      <d:status>HTTP/1.1 200 OK</d:status>
    </d:propstat>
    <d:propstat>
      <d:prop><d:getlastmodified>never</d:getlastmodified></d:prop>
      <d:status>HTTP/1.1 404 Not Found</d:status>
    </d:propstat>
  </d:response>
  <response xmlns="DAV:"><href>/dav/</href><propstat><prop><resourcetype><collection/></resourcetype></prop>
    <status>HTTP/1.1 200 OK</status></propstat></response>
</d:multistatus>`

t.test('entries are read whatever their prefixes, and wherever the pieces are cut', async (t) => {
  const entries = [
    { href: '/dav/a%20b', isFolder: false, getcontentlength: '12', getetag: '"üAB<&"' },
    { href: '/dav/', isFolder: true }
  ]
  for (const piece of [1, 2, 7, 100, 10_000]) t.same(await read(SOUND, piece), entries, `${piece}`)
})

t.test('what is not well-formed is refused', async (t) => {
  for (const [document, message] of [
    ['', /not well-formed/],
    ['no XML at all', /not well-formed/],
    ['<html></html>', /no multistatus/],
    [SOUND.slice(0, 300), /cut short/],
    [SOUND.replace('</d:prop>', '</d:other>'), /do not match/],
    [`${SOUND}<more/>`, /two roots/],
    [SOUND.replace('&quot;', '&unknown;'), /unknown entity/],
    [SOUND.replace('&quot;', '&#0;'), /unknown entity/],
    [`<!DOCTYPE x [<!ENTITY a "b">]>${SOUND}`, /document type/],
    [SOUND.replace('never', 'x'.repeat(70_000)), /over 65536 characters/],
    ['<d:multistatus xmlns:d="DAV:">' + '<a>'.repeat(100), /levels deep/]
  ] as const)
    await t.rejects(read(document, 500), { message })
})

t.test('an entry lies in the folder that was listed, or is refused', async (t) => {
  const folder = new URL('http://host/dav/f%C3%BCr/')
  t.equal(pathBelow(folder, '/dav/für/a%20b'), 'a b')
  t.equal(pathBelow(folder, 'http://host/dav/f%c3%bcr/x/'), 'x')
  t.equal(pathBelow(folder, '/dav/f%C3%BCr'), undefined)
  for (const href of [
    '/dav/',
    '/dav/für/../x',
    '/dav/f%C3%BCr/%2e%2e/x',
    '/etc/passwd',
    'http://other/dav/f%C3%BCr/x',
    'http://[',
    '/dav/f%C3%BCr/%ff'
  ])
    // prettier-ignore
    t.throws(() => pathBelow(folder, href), href)
})
