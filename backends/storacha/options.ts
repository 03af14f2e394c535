/** The options of the Storacha backend. */
import { httpUrl, type OptionTable, type OptionTexts } from '../options.js'

const DEFAULT_GATEWAY = 'https://w3s.link'

export const STORACHA_OPTIONS = {
  gateway: {
    value: 'URL',
    help: 'a trustless gateway that gives what is stored there; repeatable',
    fallback: DEFAULT_GATEWAY,
    repeatable: true
  },
  'agent-key': {
    value: 'KEY',
    help: 'the private key of an agent, as storacha key create prints it; without it nothing is put there',
    secret: { env: 'STORACHA_PRINCIPAL', use: () => 'allowed' }
  },
  proof: {
    value: 'PROOF',
    help: 'what allows the agent to use a space, as storacha delegation create --base64 prints it',
    secret: { env: 'STORACHA_PROOF', use: () => 'allowed' }
  }
} as const satisfies OptionTable

/** @throws USAGE for what is no http or https URL. */
export const storachaGateways = (texts: OptionTexts): URL[] =>
  (texts['gateway'] ?? [DEFAULT_GATEWAY]).map((text) => httpUrl('gateway', text))
