/** The names of the gateway: by what is here alone, or with backends and DNS behind it. */
import { parseCidPath } from '../content/cid-path.js'
import type { Content } from '../content/content.js'
import { resolve } from '../content/resolver.js'
import { systemClock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import { KitError } from '../core/errors.js'
import { whenReady } from '../core/not-ready.js'
import type { GatewayNames } from '../gateway/names-port.js'
import { parseFixedNames } from '../names/fixed-names.js'
import { parseIpnsName } from '../names/ipns-name.js'
import { KeptRecords } from '../names/kept-records.js'
import { Names } from '../names/names.js'
import type { LazyUpstream } from '../service/lazy-upstream.js'

/** @param upstream is asked, too; without it nobody is. */
export function gatewayNames(
  home: string,
  content: Content,
  upstream: LazyUpstream | undefined,
  log: Pick<Log, 'warn'>
): GatewayNames {
  const local = localNames(home, content, log)
  const names = async (): Promise<Names> =>
    upstream === undefined ? local : (await upstream.open()).names
  return {
    resolve: async (name, signal) => {
      const known = await names()
      await known.resolve(name, signal)
      const found = known.known(name)
      return found?.cid === undefined ? undefined : { cid: found.cid, ttlMs: found.ttlMs }
    },
    record: async (text, signal) => {
      const name = parseIpnsName(text)
      const record = name === undefined ? undefined : await (await names()).record(name, signal)
      if (record === undefined) return undefined
      const { bytes, ttlMs, validUntil } = record
      return { bytes, ttlMs: Math.min(ttlMs, validUntil - systemClock.now()) }
    }
  }
}

function localNames(home: string, content: Content, log: Pick<Log, 'warn'>): Names {
  return new Names(
    {
      records: () => [],
      keys: () => [],
      dnsLink: undefined,
      fixed: parseFixedNames(process.env['IPFS_NS_MAP']),
      kept: new KeptRecords(home, (message) => log.warn(message)),
      follow: (path) => whenReady(() => resolve(content, parseCidPath(path)), notHere)
    },
    systemClock
  )
}

/** Nothing is fetched for a name that is looked up here alone. */
const notHere = (need: { readonly what: string }): Promise<never> =>
  Promise.reject(new KitError('BLOCK_NOT_FOUND', `${need.what} is not here`))
