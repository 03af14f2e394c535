/** Lets flags about fetching override the configuration. */
import { parseSize } from '../config/units.js'
import { fetchChoiceFrom, type FetchChoice } from '../operations/fetch-choice.js'
import { flagOf, valueOf, type Context } from './context.js'

export function fetchChoice(context: Context): FetchChoice {
  const size = valueOf(context, 'cache-size')
  return fetchChoiceFrom(context.config, {
    offline: flagOf(context, 'offline'),
    ...(size === undefined ? {} : { disk: parseSize(size) })
  })
}
