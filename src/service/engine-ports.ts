/** The ports of an engine: service, gateway and /metrics. One that is taken is warned of, and the others serve. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KEYS } from '../config/config.js'
import { readTls, readToken, type Listen, type PortName, type Ports } from '../config/listen.js'
import { systemCode, toKitError } from '../core/errors.js'
import { isLoopback } from '../core/loopback.js'
import type { Log } from '../core/log.js'
import { admitPrograms, admitReaders, admitWithToken, ownHost, servedHost, type Admit } from '../http/admission.js' // prettier-ignore
import type { HttpRoute } from '../http/http-call.js'
import { closeServer, httpServer, listenAt, type ClientLimits } from '../http/server.js'
import type { Sessions } from '../http/sessions.js'
import type { PortReport } from '../operations/engine-report.js'
import { newToken } from './local-token.js'
import { portHolder } from './port-holder.js'

/** Makes the routes of each port when the first request comes there. */
export type PortRoutes = Readonly<Record<PortName, () => Promise<readonly HttpRoute[]>>>

export interface EnginePorts {
  /** Takes no more requests; resolves when those under way are answered, or are cut off. */
  close(): Promise<void>
}

/** How long answers under way may take to end with the engine. */
const PATIENCE_MS = 5000

const LIMITS: Readonly<Record<PortName, ClientLimits>> = {
  // An upload takes as long as it takes, and what is added says nothing until it is durable.
  service: { connections: 512, idle: 10 * 60_000, headers: 10_000, request: 0 },
  gateway: { connections: 512, idle: 60_000, headers: 10_000, request: 60_000 },
  metrics: { connections: 16, idle: 5000, headers: 5000, request: 5000 }
}

interface PortParts {
  readonly warn: (message: string) => void
  readonly log: Log
  /** Of browsers, at the service. */
  readonly sessions: Sessions
}

/**
 * Listens at all of them.
 * @param warn receives a sentence for each port that was chosen, where that is not possible.
 */
export async function openPorts(
  home: string,
  ports: Ports,
  routes: PortRoutes,
  { warn, log, sessions }: PortParts
): Promise<EnginePorts & { readonly reports: readonly PortReport[] }> {
  const servers: Server[] = []
  const reports: PortReport[] = []
  let own: string | undefined
  const tokenOf = (listen: Listen, name: PortName): (() => string | undefined) => {
    const { tokenFile } = listen
    if (tokenFile === null) return () => (own ??= newToken(home))
    const key = name === 'metrics' ? 'metrics.token_file' : 'service.token_file'
    return () => tokenIn(tokenFile, key, log)
  }
  if (ports.service?.tokenFile === null) own = newToken(home)
  for (const name of ['service', 'gateway', 'metrics'] as const) {
    const listen = ports[name]
    if (listen === null) continue
    try {
      const admit = admission(name, listen, ports, tokenOf(listen, name), sessions)
      const tls = listen.tls === null ? undefined : readTls(listen.tls)
      const [hasTunnels, hasWebSockets] = [name === 'gateway', name === 'service']
      const server = httpServer({
        routes: routes[name],
        admit,
        tls,
        limits: LIMITS[name],
        hasTunnels,
        hasWebSockets,
        log
      })
      await listenAt(server, listen, log)
      servers.push(server)
      reports.push({ name, url: urlOf(server, listen), fault: null })
    } catch (error) {
      const fault = faultOf(name, listen, error)
      reports.push({ name, url: null, fault })
      // The second engine of a user finds the usual ports taken, and is none the worse for it.
      if (isUsual(name, listen) && systemCode(error) === 'EADDRINUSE')
        log.info(`the ${name} does not answer: ${fault}`)
      else warn(`the ${name} does not answer: ${fault}`)
    }
  }
  return {
    reports,
    close: async () => void (await Promise.all(servers.map((one) => closeServer(one, PATIENCE_MS))))
  }
}

/** The gateway asks for the token where other machines reach it. */
function admission(
  name: PortName,
  listen: Listen,
  { gatewayDomains }: Ports,
  token: () => string | undefined,
  sessions: Sessions
): Admit {
  if (name === 'metrics')
    return listen.tokenFile === null ? admitPrograms : admitWithToken(() => true, token)
  if (name === 'service') return admitWithToken(ownHost(listen), token, sessions)
  if (!isLoopback(listen.host)) return admitWithToken(ownHost(listen), token)
  const isOwn = ownHost(listen, (hostname) => hostname.endsWith('.localhost'))
  const isServed = servedHost(gatewayDomains)
  return admitReaders((request) => isOwn(request) || isServed(request))
}

function tokenIn(file: string, key: string, log: Log): string | undefined {
  try {
    // Read for each request, so that it can be replaced.
    return readToken(file, key)
  } catch (error) {
    log.error('the token cannot be read, so nobody is answered', error)
    return undefined
  }
}

function urlOf(server: Server, { host, tls }: Listen): string {
  const { port } = server.address() as AddressInfo
  return `${tls === null ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const isUsual = (name: PortName, { host, port }: Listen): boolean =>
  KEYS[`${name}.listen`].standard === `${host}:${port}`

function faultOf(name: PortName, { host, port }: Listen, error: unknown): string {
  const key = `${name}.listen`
  if (systemCode(error) !== 'EADDRINUSE')
    return `${host}:${port} cannot be had: ${toKitError(error).message}; see ${key}`
  const holder = portHolder(port) ?? 'another program'
  return `${holder} listens at ${host}:${port} already; name another port, as in \`ipfs-kit config set ${key} ${host}:${port + 1}\`, or \`off\``
}
