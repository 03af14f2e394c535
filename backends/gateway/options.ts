/** The options of the gateway backend. */
import { httpUrl, type OptionTable, type OptionTexts } from '../options.js'

export const GATEWAY_OPTIONS = {
  url: {
    value: 'URL',
    help: 'a trustless gateway, such as https://trustless-gateway.link; repeatable',
    repeatable: true,
    required: true
  }
} as const satisfies OptionTable

/** @throws USAGE for what is no http or https URL. */
export const gatewayUrls = (texts: OptionTexts): URL[] =>
  (texts['url'] ?? []).map((text) => httpUrl('url', text))
