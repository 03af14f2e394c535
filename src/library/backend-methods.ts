/** The methods of backends. */
import { backendAdd, type BackendAddRequest } from '../operations/backend-add.js'
import { backendDrain, type BackendDrainRequest } from '../operations/backend-drain.js'
import { backendList } from '../operations/backend-list.js'
import { backendRemove } from '../operations/backend-remove.js'
import { backendShow } from '../operations/backend-show.js'
import { backendTest } from '../operations/backend-test.js'
import { backendUpdate, type BackendUpdateRequest } from '../operations/backend-update.js'
import type { Call, CallOptions } from './call.js'

export const backendMethods = (call: Call) => ({
  add: (request: BackendAddRequest, options: CallOptions = {}) =>
    call(backendAdd, request, options),
  update: (request: BackendUpdateRequest, options: CallOptions = {}) =>
    call(backendUpdate, request, options),
  remove: (name: string, options: { readonly force?: boolean } & CallOptions = {}) =>
    call(backendRemove, { name, force: options.force }, options),
  /** Moves the pins of a backend to others. */
  drain: (name: string, options: Omit<BackendDrainRequest, 'name'> & CallOptions = {}) =>
    call(backendDrain, { name, to: options.to }, options),
  show: (name: string, options: CallOptions = {}) => call(backendShow, { name }, options),
  list: async (options: CallOptions = {}) => (await call(backendList, {}, options)).backends,
  test: (name: string, options: CallOptions = {}) => call(backendTest, { name }, options)
})
