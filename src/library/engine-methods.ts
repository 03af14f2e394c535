/** The methods of the engine of a home. */
import type { Config } from '../config/config.js'
import { daemonStart } from '../operations/daemon-start.js'
import { daemonStatus } from '../operations/daemon-status.js'
import { daemonStop } from '../operations/daemon-stop.js'
import { engineChoiceFrom } from '../operations/engine-choice.js'
import type { Call, CallOptions } from './call.js'

export const engineMethods = (call: Call, config: () => Config) => ({
  start: (options: CallOptions = {}) => call(daemonStart, engineChoiceFrom(config()), options),
  stop: (options: CallOptions = {}) => call(daemonStop, {}, options),
  status: async (options: CallOptions = {}) => (await call(daemonStatus, {}, options)).engine
})
