/**
 * The shape of each request of the protocol. Whoever may write to the socket is this user, but what
 * they send may still be wrong: it is refused before anything is done for it.
 */
import { posix } from 'node:path'
import { checkName } from '../../backends/configured.js'
import type { Listen } from '../config/listen.js'
import { Cid } from '../core/cid.js'
import { ERROR_CODES, KitError, type ErrorCode } from '../core/errors.js'
import { printableText } from '../core/printable.js'
import { LEVELS, LOG_FORMATS } from '../core/log.js'
import { flag, list, oneOf, optional, orNull, parsed, record, text, whole, type Shape } from '../core/shape.js' // prettier-ignore
import type { MountOptions } from '../mount/driver.js'
import type { OperationEnd, PinRecord } from '../operations/pin-records.js'
import { checkedPatch } from '../metadata/checked-patch.js'
import type { MappingChange } from '../pins/mapping-change.js'
import type { Row } from '../pins/mapping.js'
import type { LeftBehind } from '../pins/placement.js'
import {
  OPERATION_TYPES,
  type NewOperation,
  type OperationResult
} from '../wal/operation-record.js'
import type { Pin } from '../store/pins.js'
import type { MethodName, RequestOf } from './protocol.js'
import { limits, select, sqlText } from './sql-shapes.js'
import type { EngineSettings } from './settings.js'
import type { WantMessage } from './want-message.js'

const MAX_ID = 2 ** 32 - 2
const MAX_PERMISSIONS = 0o777
const DAY_MS = 24 * 3_600_000

const cid = parsed((value) => Cid.parse(value), 'a CID')

const date = parsed((value) => new Date(value).toISOString(), 'a time in ISO 8601')

const operationId = parsed((value) => {
  if (!/^[0-9a-f]{16}$/.test(value))
    throw new Error(`${JSON.stringify(value.slice(0, 100))} is none`)
}, 'the id of an operation')

/** Everybody means the same folder by it, wherever they are. */
const absolutePath = parsed((value) => {
  if (!value.startsWith('/') || posix.normalize(value) !== value || value.includes('\0'))
    throw new Error(`${JSON.stringify(value.slice(0, 100))} is none`)
}, 'an absolute path without dots')

const pin = record<Pin>({
  cid,
  type: oneOf('recursive', 'direct'),
  name: text,
  createdAt: date
})

const domain = parsed((value) => {
  if (!/^(\*|[a-z0-9.-]{1,253})$/.test(value))
    throw new Error(`${JSON.stringify(value.slice(0, 100))} is none`)
}, 'a domain')

const listen = record<Listen>({
  host: text,
  port: whole(0, 65_535),
  tokenFile: orNull(absolutePath),
  tls: orNull(record({ certificate: absolutePath, key: absolutePath }))
})

const settings = record<EngineSettings>({
  fetching: record({
    offline: flag,
    disk: orNull(whole(0)),
    memory: whole(0),
    maxItem: whole(0),
    minAccessCount: whole(1),
    resolver: text
  }),
  ports: record({
    service: orNull(listen),
    gateway: orNull(listen),
    gatewayFetches: flag,
    gatewayDomains: list(domain),
    metrics: orNull(listen)
  }),
  log: record({ level: oneOf(...LEVELS), format: oneOf(...LOG_FORMATS) }),
  scrubRate: orNull(whole(1))
})

const mountOptions = record<MountOptions>({
  uid: whole(0, MAX_ID),
  gid: whole(0, MAX_ID),
  umask: whole(0, MAX_PERMISSIONS),
  allowOther: flag,
  readOnly: flag,
  memory: whole(1),
  open: oneOf('auto', 'passthrough', 'none'),
  driver: oneOf('raw', 'fuse-native'),
  deadlineMs: whole(1, DAY_MS)
})

const want = record<WantMessage>({
  cid,
  type: oneOf('block', 'table', 'range'),
  directory: optional(cid),
  name: optional(text),
  position: optional(whole(0)),
  length: optional(whole(0))
})

const row = record<Row>({
  cid: text,
  car_file_path: text,
  backend_name: text,
  created_at: text,
  status: text,
  metadata: text
})

const texts: Shape<Readonly<Record<string, string>>> = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new KitError('INVALID_ARGUMENT', `${at} must be an object`)
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, text(one, `${at}.${name}`)])
  )
}

/** A name of a backend, which is the name of a folder. */
const backendName = parsed(checkName, 'the name of a backend')

/** What stands for a CID: older installations invented some. */
const line = parsed((value) => {
  if (value === '' || printableText(value) !== value)
    throw new Error('it is empty, or has controls')
}, 'a text of one line')

const change = record<MappingChange>({ backend: backendName, cid: line, row: orNull(row) })

const steps = record<PinRecord>({
  begin: optional(
    record<NewOperation>({
      operation_type: oneOf(...OPERATION_TYPES),
      backend: backendName,
      parameters: texts,
      max_retries: optional(whole(1, 1000))
    })
  ),
  isAutomatic: optional(flag),
  runner: optional(line),
  end: optional(
    record<OperationEnd>({
      id: operationId,
      result: orNull(
        record<OperationResult>({
          cid: orNull(line),
          size: orNull(whole(0)),
          destination: orNull(line)
        })
      ),
      error: orNull(
        record({ code: oneOf(...(Object.keys(ERROR_CODES) as ErrorCode[])), message: text })
      )
    })
  ),
  change: optional(change),
  base: optional(change),
  left: optional(
    record<LeftBehind>({
      replicas: whole(0),
      required: list(text),
      counting: list(backendName)
    })
  )
})

const pinRecord: Shape<PinRecord> = (value, at) => {
  const found = steps(value, at)
  if (found.begin !== undefined || found.end !== undefined || found.change !== undefined)
    return found
  throw new KitError('INVALID_ARGUMENT', `${at} must begin, end or change something`)
}

const nothing: Shape<Readonly<Record<string, never>>> = record({})

const SHAPES: { readonly [M in MethodName]: Shape<RequestOf<M>> } = {
  hello: record({ version: whole(1) }),
  status: nothing,
  report: nothing,
  mount: record({
    path: absolutePath,
    options: mountOptions,
    settings,
    namespace: optional(text),
    anyFolder: optional(flag)
  }),
  unmount: record({ path: absolutePath, force: flag, device: optional(text) }),
  stay: record({ settings }),
  leave: nothing,
  signIn: record({ isReadOnly: flag }),
  publish: record({ session: whole(1), pins: list(pin), unpinned: optional(list(cid)) }),
  addPins: record({ pins: list(pin) }),
  // A pin that is no CID must be removable.
  removePins: record({ cids: list(text) }),
  collect: nothing,
  survey: nothing,
  check: record({ readData: flag, repair: flag }),
  retryOperations: record({ ids: list(operationId) }),
  cancelOperations: record({ ids: list(operationId) }),
  recordPins: record({ records: list(pinRecord) }),
  runOperations: record({ runner: line }),
  settlePins: nothing,
  recordIndex: record({ patches: list(checkedPatch) }),
  settleIndex: record({ all: flag }),
  retrieve: want,
  resolveName: record({ name: text }),
  evict: record({ cids: list(cid) }),
  evictBelow: record({ cids: list(cid) }),
  listCache: record({ limit: whole(0) }),
  clearCache: nothing,
  inspectSql: record({ sql: sqlText }),
  selectSql: record({ request: select, limits }),
  reloadBackends: nothing
}

/** Returns what a caller asks for. @throws INVALID_ARGUMENT naming the field and what it must be. */
export const requestOf = <M extends MethodName>(method: M, params: unknown): RequestOf<M> =>
  SHAPES[method](params, method)
