/** Options that adding and updating a backend share. */
import type { OptionTexts } from '../../backends/options.js'
import type { SecretSources } from './given-secrets.js'

/**
 * Options that all types have. An update keeps those left out; an addition gives them their
 * defaults.
 */
export interface BackendChange {
  /** Options of the type, as texts. */
  readonly options: OptionTexts
  /** Backends with the lowest priority are asked first. */
  readonly priority?: number | undefined
  readonly timeoutMs?: number | undefined
  /** Forbids writing to the backend. */
  readonly readOnly?: boolean | undefined
  /** Where its secrets may be taken from. They are kept apart from the options. */
  readonly secrets?: SecretSources
}
