/** Makes the keeper of copies of an engine, which works by the operations that commands use. */
import { configuredBackends } from '../../backends/configured.js'
import { loadConfig } from '../config/config.js'
import { systemClock } from '../core/clock.js'
import type { Log } from '../core/log.js'
import { fetchChoiceFrom } from '../operations/fetch-choice.js'
import { pinMove } from '../operations/pin-move.js'
import { pinPolicyFrom } from '../operations/pin-policy.js'
import { pinSync } from '../operations/pin-sync.js'
import type { PinOutcome } from '../operations/pin-outcome.js'
import { pinVerify } from '../operations/pin-verify.js'
import type { Run } from '../operations/run.js'
import type { Services } from '../operations/services.js'
import { CopyKeeper, NOTHING, type Round } from '../service/copy-keeper.js'
import { makeServices } from './services.js'

/** Copies of one backend that are verified in one round, so that a round ends. */
const AT_ONCE = 50
/** Copies that are moved in one round. */
const MOVED_AT_ONCE = 1000

export function copyKeeper(home: string, log: Log): CopyKeeper {
  const runOf = (signal: AbortSignal): Run => ({
    signal,
    progress: () => undefined,
    warn: (message) => log.debug(message)
  })
  // The configuration of the moment counts.
  const isOn = (): boolean => loadConfig(home)['pins.keep']
  const services = (): Services => {
    const config = loadConfig(home)
    return makeServices(home, fetchChoiceFrom(config, {}), () => pinPolicyFrom(config))
  }
  return new CopyKeeper({
    sync: async (signal, isFirst) => {
      if (!isOn()) return NOTHING
      const { copies } = await pinSync(services(), { automatic: { isFirst } }, runOf(signal))
      return roundOf(copies, true)
    },
    verify: async (signal, isFirst) => {
      const every = loadConfig(home)['pins.verify_every']
      if (!isOn() || every === undefined) return NOTHING
      const copies: PinOutcome[] = []
      // Each backend has its own round: one that is away would take those of all others.
      for (const { name } of configuredBackends(home)) {
        const request = {
          backends: [name],
          olderThan: every,
          limit: AT_ONCE,
          automatic: { isFirst }
        }
        copies.push(...(await pinVerify(services(), request, runOf(signal))).copies)
      }
      return roundOf(copies, false)
    },
    move: async (signal) => {
      if (!isOn() || loadConfig(home)['pins.cold_after'] === undefined) return NOTHING
      return roundOf((await pinMove(services(), { limit: MOVED_AT_ONCE, automatic: { isFirst: false } }, runOf(signal))).copies, true) // prettier-ignore
    },
    clock: systemClock,
    log
  })
}

const roundOf = (copies: readonly PinOutcome[], isStoring: boolean): Round => ({
  stored: isStoring ? copies.filter(({ status }) => status === 'stored').length : 0,
  failures: copies.flatMap(({ error, backend, cid }) =>
    error === null ? [] : `${cid} on ${backend}: ${error.message}`
  )
})
