/** Options that adding and updating a backend share. */
import type { BackendConfig } from '../../backends/configured.js'
import type { OptionTexts, Trust } from '../../backends/options.js'
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
  /** Most bytes a second that are sent there, and had from there; 0 for no limit. */
  readonly maxUpload?: number | undefined
  readonly maxDownload?: number | undefined
  /** Encrypts what is put there, with a key that is made or kept. */
  readonly encrypt?: boolean | undefined
  /** The file of an age identity that is the key of what lies there. */
  readonly identityFile?: string | undefined
  /** Forbids writing to the backend. */
  readonly readOnly?: boolean | undefined
  /** What keeping content there costs, compared with the others. */
  readonly cost?: number | undefined
  /** How far copies of pins there are believed in. */
  readonly trust?: Trust | undefined
  /** Where its secrets may be taken from. They are kept apart from the options. */
  readonly secrets?: SecretSources
}

type Kept = Pick<BackendConfig, 'max_upload' | 'max_download' | 'cost' | 'trust'>

/** Returns what need not be given, as it is kept: a limit that is none is left out. */
export const keptOf = (change: BackendChange, before: Partial<Kept> = {}): Kept => ({
  max_upload: (change.maxUpload ?? before.max_upload ?? 0) || undefined,
  max_download: (change.maxDownload ?? before.max_download ?? 0) || undefined,
  cost: change.cost ?? before.cost,
  trust: change.trust ?? before.trust
})
