/** Kubo's RPC as a protocol: methods, unknown commands, errors, options, uploads, hostile bodies. */
import { existsSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { StoreLayout } from '../../src/store/layout.js'
import { tempFolder } from '../support/temp.js'
import { BOUNDARY, lines, multipart, MULTIPART, rpc, socketOf, startEngine } from './rpc.js'

t.setTimeout(120_000)

const HELLO = 'QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN'

t.test('an engine speaks the RPC of Kubo', async (t) => {
  const kit = await startEngine(t, tempFolder(t, 'kubo-rpc'))
  const add = (body: Buffer, query = '') => rpc(kit, `add?${query}`, { headers: MULTIPART, body })
  const incoming = new StoreLayout(kit.home).incoming
  const sessions = (): number => (existsSync(incoming) ? readdirSync(incoming).length : 0)
  const hello = multipart([{ filename: 'hello.txt', body: 'hello\n' }])

  t.test('methods and unknown commands', async (t) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const { status, headers } = await rpc(kit, 'version', { method })
      t.equal(status, 405, method)
      t.equal(headers.allow, 'POST')
    }
    for (const command of ['nonsense', '', 'add/x', '__proto__', 'toString']) {
      const { status, headers } = await rpc(kit, command)
      t.equal(status, 404, command)
      t.match(headers['content-type'], 'text/plain')
    }
    const version = JSON.parse((await rpc(kit, 'version?number=true&all=True&unknown=1')).text)
    t.match(version, { Version: /^0\.43\.0-ipfs-kit$/, Repo: '18', System: /\// })
  })

  t.test('errors are JSON, and never 404', async (t) => {
    const told = async (command: string, message: RegExp | string): Promise<void> => {
      const { status, headers, text } = await rpc(kit, command)
      t.ok(status >= 400 && status !== 404, `${command}: ${status}`)
      t.equal(headers['content-type'], 'application/json')
      t.match(JSON.parse(text), { Message: message, Type: 'error' }, command)
      t.type((JSON.parse(text) as { Code: unknown }).Code, 'number')
    }
    await told('cat', 'argument "ipfs-path" is required')
    await told('cat?arg=QmZZZZ', 'invalid path "QmZZZZ": path does not have enough components')
    await told('cat?arg=/etc/passwd', /unknown namespace "etc"/)
    await told('cat?arg=file:///etc/passwd', /does not have enough components/)
    await told(`cat?arg=${HELLO}&offset=x`, /whole number/)
    await told(`cat?arg=${HELLO}&timeout=soon`, /no duration/)
    await told('add', "file argument 'path' is required")
    await told(
      'cat?arg=bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy&timeout=10s',
      'block was not found locally (offline): ipld: could not find bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
    )
  })

  t.test('files are added and read', async (t) => {
    const [entry] = lines(await add(hello))
    t.same(entry, { Name: 'hello.txt', Hash: HELLO, Size: '14' })
    t.equal((await rpc(kit, `cat?arg=${HELLO}`)).text, 'hello\n')
    const part = await rpc(kit, `cat?arg=/ipfs/${HELLO}&offset=2&length=3`)
    t.equal(part.text, 'llo')
    t.match(part.headers, { 'x-content-length': '3', 'x-stream-output': '1' })
    t.equal((await rpc(kit, `cat?arg=${HELLO}&arg=${HELLO}&offset=4`)).text, 'o\nhello\n')
    t.equal((await rpc(kit, `cat?arg=${HELLO}&offset=100`)).text, '')
  })

  t.test('a tree in any order, with names in every form', async (t) => {
    const parts = [
      { filename: 'd%2Fb%2Fdeep.txt', body: 'deep' },
      { filename: 'd/a+b%20%C3%BC%25.txt', body: 'hello\n' },
      { filename: 'd/link', body: 'a.txt', type: 'application/symlink' },
      { filename: 'd', type: 'application/x-directory', name: 'file?mode=020000000755' },
      { filename: 'd/empty', type: 'application/x-directory' },
      { filename: '../../../d/../d/./e%2F%2E%2E%2Fin.txt', body: 'in' }
    ]
    const names = lines<{ Name: string }>(await add(multipart(parts))).map(({ Name }) => Name)
    t.same(names, ['d/b/deep.txt', 'd/a b ü%.txt', 'd/link', 'd/in.txt', 'd/b', 'd/empty', 'd'])
    const wrapped = lines<{ Name: string }>(await add(multipart(parts), 'wrap-with-directory=True'))
    t.equal(wrapped.at(-1)?.Name, '')
  })

  t.test('options that are not done here are refused', async (t) => {
    for (const [query, message] of [
      ['nocopy=true', /filestore/],
      ['trickle=true', /trickle/],
      ['to-files=/x', /to-files/],
      ['chunker=rabin', /rabin/],
      ['chunker=size-99999999', /chunker/],
      ['hash=blake3', /sha2-256/],
      ['cid-version=2', /CID version/],
      ['pin=false&pin-name=x', /pin-name/],
      ['raw-leaves=true&preserve-mode=true', /raw-leaves/]
    ] as const) {
      const { status, text } = await add(hello, query)
      t.ok(status >= 400, query)
      t.match(JSON.parse(text), { Message: message, Type: 'error' }, query)
    }
  })

  t.test('threats 121: hostile bodies leave nothing behind', async (t) => {
    const refused = async (body: Buffer | string, message: RegExp): Promise<void> => {
      const { status, text } = await rpc(kit, 'add', { headers: MULTIPART, body })
      t.equal(status, 400, text)
      t.match(JSON.parse(text), { Message: message })
    }
    for (let cut = 1; cut < hello.length - 4; cut += 17)
      await refused(hello.subarray(0, hello.length - cut - 4), /cut short/)
    await refused(`--${BOUNDARY}\r\nA: ${'x'.repeat(1 << 20)}`, /header/)
    await refused(`--${BOUNDARY}\r\n`, /cut short/)
    await refused(multipart([{ filename: 'a%00b', body: 'x' }]), /no name/)
    await refused(multipart([{ filename: 'x'.repeat(256), body: 'x' }]), /no name/)
    await refused(multipart([{ filename: 'd/a/'.repeat(2000), body: 'x' }]), /bytes/)
    await refused(multipart([{ filename: 'l', body: 'x'.repeat(5000), type: 'application/symlink' }]), /target/) // prettier-ignore
    await refused(multipart([]), /nothing to add/)
    const twice = multipart([{ filename: 'd/a', body: '1' }, { filename: 'd/a', body: '2' }]) // prettier-ignore
    // Some entries were told of already, so that the answer is cut off.
    await t.rejects(rpc(kit, 'add', { headers: MULTIPART, body: twice }))
    const many = Array.from({ length: 1000 }, (_, i) => ({ filename: `m/${i}`, body: `${i}` }))
    t.equal(lines(await add(multipart(many))).length, 1001)
    t.equal(sessions(), 0)
  })

  t.test('threats 121: a client that goes away leaves no session behind', async (t) => {
    const call = request({ socketPath: socketOf(kit), path: '/api/v0/add?progress=true', method: 'POST', headers: MULTIPART, agent: false }) // prettier-ignore
    call.on('error', () => undefined)
    call.write(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n`)
    call.write(Buffer.alloc(3 << 20, 'x'))
    while (sessions() === 0) await delay(5)
    call.destroy()
    while (sessions() > 0) await delay(5)
    t.equal((await rpc(kit, 'version')).status, 200)
  })
})
