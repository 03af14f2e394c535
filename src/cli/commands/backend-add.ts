/** `backend add`: from now on what is not here is fetched from there. */
import { checkName, readConfigured, saveConfigured } from '../../../backends/configured.js'
import { DEFAULT_PRIORITY, DEFAULT_TIMEOUT_MS } from '../../../backends/options.js'
import { BACKEND_TYPES, checkOptions } from '../../../backends/registry.js'
import { KitError } from '../../core/errors.js'
import { changedBackends, commonFrom, optionTexts } from '../backends.js'
import { valueOf, type Context } from '../context.js'

const TYPES = new Intl.ListFormat('en-GB', { type: 'disjunction' })

export async function run(context: Context): Promise<void> {
  const [name] = context.args
  checkName(name!)
  const type = valueOf(context, 'type')
  if (type === undefined)
    throw new KitError('USAGE', `--type is needed: ${TYPES.format(Object.keys(BACKEND_TYPES))}`)
  if (readConfigured(context.home, name!) !== undefined)
    throw new KitError('EXISTS', `there is a backend ${name} already; change it with \`ipfs-kit backend update ${name}\``) // prettier-ignore
  const options = optionTexts(context)
  const common = commonFrom(context, { priority: DEFAULT_PRIORITY, timeout_ms: DEFAULT_TIMEOUT_MS, read_only: false }) // prettier-ignore
  await checkOptions(name!, type, options)
  saveConfigured(context.home, name!, { type, options, ...common })
  await changedBackends(context)
  if (context.json) context.answer({ name, type, options, ...common })
  else
    context.print(`added backend ${name} (${type}); try it with \`ipfs-kit backend test ${name}\``)
}
