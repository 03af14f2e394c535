/** Shows the options of a backend: those it was added with, and the defaults of the others. */
import type { ConfiguredBackend } from '../../backends/configured.js'
import { identityFile } from '../../backends/encryption/identity-file.js'
import { defaultsOf, detailsOf, testedAgainst } from '../../backends/registry.js'
import { secretOrigins, type SecretOrigins } from './backend-secrets.js'
import { configured, type BackendNamed } from './configured-backend.js'
import type { Operation } from './operation.js'

export interface ShownBackend extends ConfiguredBackend {
  /** The defaults, as text, of the options that were not given. */
  readonly defaults: Readonly<Record<string, string>>
  /** What the options lead to, such as the type of a remote; empty where that is not known. */
  readonly details: Readonly<Record<string, string>>
  /** What its type was tested against where that is not the real thing; null for the others. */
  readonly tested_against: string | null
  /** The file of the key with which its files are encrypted; null where they are not. */
  readonly key_file: string | null
  /** Where each secret that is set was taken from, by option; never the secret. */
  readonly secrets: SecretOrigins
}

/** Shows a backend's configuration. @throws PATH_NOT_FOUND. */
export const backendShow: Operation<BackendNamed, ShownBackend> = (services, { name }, _run) => {
  const config = configured(services.home, name)
  const defaults = defaultsOf(config.type, config.options)
  return Promise.resolve({
    ...config,
    defaults,
    details: detailsOf(config.type, config.options),
    tested_against: testedAgainst(config.type) ?? null,
    key_file: config.recipient === undefined ? null : identityFile(services.home, name),
    secrets: secretOrigins(services.home, name)
  })
}
