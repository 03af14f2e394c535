/** The methods of pins: here, and of their copies on backends. */
import { pinAdd, type PinAddRequest } from '../operations/pin-add.js'
import { pinArrow } from '../operations/pin-arrow.js'
import { pinHeal, type PinHealRequest } from '../operations/pin-heal.js'
import { pinList, type PinListRequest } from '../operations/pin-list.js'
import { pinMappingsList, type PinMappingsListRequest } from '../operations/pin-mappings-list.js'
import { pinMove, type PinMoveRequest } from '../operations/pin-move.js'
import { pinRelease, type PinReleaseRequest } from '../operations/pin-release.js'
import { pinRemove } from '../operations/pin-remove.js'
import { pinStore, type PinStoreRequest } from '../operations/pin-store.js'
import { pinVerify, type PinVerifyRequest } from '../operations/pin-verify.js'
import { pinWhereis } from '../operations/pin-whereis.js'
import type { Call, CallOptions } from './call.js'

export const pinMethods = (call: Call) => ({
  add: (paths: readonly string[], options: Omit<PinAddRequest, 'paths'> & CallOptions = {}) =>
    call(pinAdd, { paths, ...options }, options),
  remove: (cids: readonly string[], options: CallOptions = {}) =>
    call(pinRemove, { cids }, options),
  list: async (options: PinListRequest & CallOptions = {}) =>
    (await call(pinList, options, options)).pins,
  /**
   * Returns pins and their copies as an Arrow table, mapped from the file that the engine keeps where
   * that is current. Close it.
   */
  table: (options: CallOptions = {}) => call(pinArrow, {}, options),
  /** Stores copies on backends. */
  store: (cids: readonly string[], options: Omit<PinStoreRequest, 'cids'> & CallOptions = {}) =>
    call(pinStore, { cids, ...options }, options),
  /** Removes copies from backends. */
  release: (cids: readonly string[], options: Omit<PinReleaseRequest, 'cids'> & CallOptions = {}) =>
    call(pinRelease, { cids, ...options }, options),
  /** Lists copies on backends, page by page. */
  copies: (options: PinMappingsListRequest & CallOptions = {}) =>
    call(pinMappingsList, options, options),
  verify: (options: PinVerifyRequest & CallOptions = {}) => call(pinVerify, options, options),
  heal: (options: PinHealRequest & CallOptions = {}) => call(pinHeal, options, options),
  /** Moves copies to where the policy would choose now. */
  move: (options: PinMoveRequest & CallOptions = {}) => call(pinMove, options, options),
  whereis: (cid: string, options: CallOptions = {}) => call(pinWhereis, { cid }, options)
})
