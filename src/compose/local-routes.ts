/** Makes what an engine answers over HTTP, by the operations that commands use. */
import { apiRoutes, type ApiAnswers } from '../api/routes.js'
import { docsRoutes } from '../api/docs-page.js'
import { loadConfig, openConfig } from '../config/config.js'
import type { Cid } from '../core/cid.js'
import { Content, TABLE_MEMORY } from '../content/content.js'
import { KitError } from '../core/errors.js'
import { mcpRoutes } from '../mcp/http-routes.js'
import type { McpSettings } from '../mcp/tool.js'
import { queryLimitsFrom } from '../operations/query-limits.js'
import type { Log } from '../core/log.js'
import { gatewayRoutes } from '../gateway/routes.js'
import { ContentView } from '../operations/content-view.js'
import type { EventLog } from '../operations/event-log.js'
import { fetchChoiceFrom } from '../operations/fetch-choice.js'
import { pinPolicyFrom } from '../operations/pin-policy.js'
import type { ReadActivity } from '../operations/activity.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { kuboRoutes } from '../kubo-rpc/routes.js'
import { contentRoutes } from '../service/content-routes.js'
import type { HttpRoute } from '../http/http-call.js'
import type { Sessions } from '../http/sessions.js'
import { dashboardRoutes } from '../dashboard/routes.js'
import { healthRoutes, publicHealthRoutes } from '../service/health-routes.js'
import { metricsRoute } from '../service/metrics-route.js'
import type { EngineReport } from '../operations/engine-report.js'
import { indexRoutes } from '../service/index-routes.js'
import type { LazyUpstream } from '../service/lazy-upstream.js'
import type { LocalOwner } from '../service/local-owner.js'
import type { StreamPublisher } from '../service/stream-publisher.js'
import { streamRoutes } from '../service/stream-routes.js'
import { tableRoutes } from '../service/table-routes.js'
import type { EngineSettings } from '../service/settings.js'
import { gatewayNames } from './gateway-names.js'
import { makeServices } from './services.js'
import { sharedBlocks, type FetchShare } from './shared-blocks.js'

export interface LocalRoutesParts {
  readonly owner: LocalOwner
  readonly upstream: LazyUpstream
  readonly share: FetchShare
  readonly settings: EngineSettings
  readonly report: () => EngineReport
  readonly activity: ReadActivity
  readonly events: EventLog
  /** Is told of each file that somebody begins to read. */
  readonly opened: (cid: Cid) => void
  /** Of browsers. */
  readonly sessions: Sessions
  /** Undefined for a home that cannot be written. */
  readonly publisher: StreamPublisher | undefined
  readonly log: Pick<Log, 'warn'>
}

/** Domains whose subdomains show content: browsers take them for this machine, each for an origin of its own. */
const DOMAINS = ['localhost']

/** Returns what programs of this user are answered, on the socket and with the token. */
export function localRoutes(parts: LocalRoutesParts): readonly HttpRoute[] {
  const { owner, publisher, report, events } = parts
  const { home } = owner.store.layout
  const engine = engineServices(parts)
  const { services } = engine
  const ensure = async (name: string): Promise<void> => {
    if (publisher === undefined)
      throw new KitError('READ_ONLY', `${home} cannot be written, so it has no files for other programs`) // prettier-ignore
    if (name === 'pin_index') await publisher.ensurePins()
  }
  let made: Promise<ApiAnswers> | undefined
  const api = (): Promise<ApiAnswers> =>
    (made ??= import('../api/api.js').then(
      ({ Api }) =>
        new Api(services, () => queryLimitsFrom(loadConfig(home)), events, parts.activity)
    ))
  return [
    ...contentRoutes(services, () => loadConfig(home)['add.profile']),
    ...apiRoutes(api),
    ...docsRoutes(),
    ...dashboardRoutes(parts.sessions),
    ...tableRoutes(services),
    ...indexRoutes(services),
    ...streamRoutes(home, ensure),
    metricsRoute(report),
    ...healthRoutes(report),
    ...mcpRoutes(services, () => mcpSettings(home)),
    ...kuboRoutes(services),
    // These clients are programs, which would not follow to another host.
    ...contentByPath(parts, engine, { fetch: true, isPublic: false })
  ]
}

/** A configuration that is wrong is told by the tools that need it. */
function mcpSettings(home: string): McpSettings {
  const { config, problems } = openConfig(home)
  return {
    get profile() {
      return config['add.profile']
    },
    get limits() {
      return queryLimitsFrom(config)
    },
    configProblems: problems.map(({ message }) => message)
  }
}

/** Returns what everybody on this machine may read. */
export function publicRoutes(parts: LocalRoutesParts): readonly HttpRoute[] {
  const content = contentByPath(parts, engineServices(parts), {
    fetch: parts.settings.ports.gatewayFetches,
    isPublic: true
  })
  return [...publicHealthRoutes(parts.report, content.at(-1)!), ...content]
}

/** Names are looked up elsewhere where content is fetched, too; a home that cannot be written asks nobody. */
function contentByPath(
  { owner, upstream, publisher, settings, opened, log }: LocalRoutesParts,
  { services, content }: EngineServices,
  choice: { readonly fetch: boolean; readonly isPublic: boolean }
): HttpRoute[] {
  const { home } = owner.store.layout
  const asked = choice.fetch && publisher !== undefined ? upstream : undefined
  const names = gatewayNames(home, content, asked, log)
  const domains = [...DOMAINS, ...settings.ports.gatewayDomains.filter((one) => one !== '*')]
  const readHere = (cid: Cid, into: Uint8Array): number =>
    content.read(cid, 0, into, 0, into.length)
  return gatewayRoutes(services, { ...choice, names, domains, opened, readHere })
}

interface EngineServices {
  readonly services: Services
  readonly content: Content
}

/** Services that read by what the engine has open already. */
function engineServices({ owner, upstream, share, settings }: LocalRoutesParts): EngineServices {
  const { reader, layout } = owner.store
  const { home } = layout
  const config = loadConfig(home)
  const services = makeServices(home, fetchChoiceFrom(config, {}), () =>
    pinPolicyFrom(loadConfig(home))
  )
  const blocks = sharedBlocks(home, reader, share, (cid) => upstream.isAbsent(cid))
  const content = new Content(blocks, reader, { memory: TABLE_MEMORY, prompt: true })
  const openContent = async (fetch: boolean, run: Run): Promise<ContentView> => {
    const fetching = fetch ? fetchingBy(upstream, settings, run) : undefined
    return await Promise.resolve(new EngineView(reader, content, fetching, run, () => undefined))
  }
  return { services: { ...services, openContent }, content }
}

/** A view of what stays open when it is closed. */
class EngineView extends ContentView {
  override async close(): Promise<void> {
    return await Promise.resolve()
  }
}

const fetchingBy = (
  upstream: LazyUpstream,
  { fetching: { offline, resolver } }: EngineSettings,
  { signal }: Run
): ConstructorParameters<typeof ContentView>[2] => ({
  signal,
  offline,
  resolver,
  use: async (work) => await work(await upstream.open()),
  fetched: () => undefined,
  close: () => Promise.resolve()
})
