/** The policy of pins that a configuration states. */
import type { Config } from '../config/config.js'
import type { PinPolicy } from '../pins/placement.js'

export type { PinPolicy }

/** @throws CONFIG_INVALID where a key of it is wrong. */
export const pinPolicyFrom = (config: Config): PinPolicy => ({
  standard: {
    replicas: config['pins.replicas'],
    required: config['pins.required'],
    preferred: config['pins.preferred']
  },
  rules: config['pins.rules'],
  coldAfter: config['pins.cold_after']
})
