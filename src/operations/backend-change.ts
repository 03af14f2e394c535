/** What can be said of any backend, when it is added or changed. */
import type { OptionTexts } from '../../backends/options.js'

/** What all types have; what is left out stays, or is the default. */
export interface BackendChange {
  /** Options of the type, as texts. */
  readonly options: OptionTexts
  /** The least is asked first. */
  readonly priority?: number | undefined
  readonly timeoutMs?: number | undefined
  /** Puts nothing there. */
  readonly readOnly?: boolean | undefined
}
