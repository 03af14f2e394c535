import t from 'tap'
import { DnsLink } from '../../src/names/dnslink.js'
import { dnsServer, skipWithoutDnsmasq } from '../servers/dnsmasq.js'
import { freePort } from '../servers/kubo.js'

const { signal } = new AbortController()

t.test('where domains lead, by a real server', skipWithoutDnsmasq, async (t) => {
  const server = await dnsServer(t, {
    '_dnslink.docs.test': 'dnslink=/ipfs/bafy',
    'old.test': 'dnslink=/ipns/k51',
    'other.test': 'v=spf1 -all',
    '_dnslink.strange.test': 'dnslink=https://example.com/'
  })
  const dns = new DnsLink(server)
  t.equal(await dns.resolve('docs.test', signal), '/ipfs/bafy')
  t.equal(await dns.resolve('old.test', signal), '/ipns/k51', 'at the domain itself')
  t.equal(await dns.resolve('other.test', signal), undefined)
  t.equal(await dns.resolve('strange.test', signal), undefined)
  t.equal(await dns.resolve('nowhere.test', signal), undefined)
})

t.test('a server that does not answer is not one that says no', { timeout: 30_000 }, async (t) => {
  const dns = new DnsLink(`127.0.0.1:${await freePort()}`)
  await t.rejects(dns.resolve('docs.test', signal), /cannot be had/, 'threats 36')
  const end = new AbortController()
  const waiting = new DnsLink('192.0.2.1').resolve('docs.test', end.signal)
  end.abort(new Error('enough'))
  await t.rejects(waiting, /enough/)
})

t.test('what may be a domain', async (t) => {
  for (const name of ['docs.ipfs.tech', 'a-b.c', '_x.example.org', 'xn--bcher-kva.example'])
    t.ok(DnsLink.isDomain(name), name)
  for (const name of [
    '',
    'docs',
    '.git',
    'a..b',
    '-a.b',
    'a b.c',
    `${'a'.repeat(64)}.b`,
    'ä.example'
  ])
    t.notOk(DnsLink.isDomain(name), name)
})
