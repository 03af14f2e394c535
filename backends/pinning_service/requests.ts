/** All requests of a pinning service, page by page. */
import { KitError } from '../../src/core/errors.js'
import type { PinningApi, Requested } from './api.js'

/**
 * Lists every request once, the newest first. The API has no cursor but a time, and several requests
 * may have the same one: each page begins a little before the end of the last, and what was seen
 * already is left out.
 * @throws BACKEND_UNAVAILABLE where the service says that there are more, and does not give them.
 */
export async function* allRequests(
  api: PinningApi,
  signal: AbortSignal
): AsyncGenerator<Requested, void, undefined> {
  const seen = new Set<string>()
  for (let before: number | undefined; ;) {
    const query = before === undefined ? {} : { before: new Date(before).toISOString() }
    const { count, results } = await api.list(query, signal)
    const fresh = results.filter(({ id }) => !seen.has(id))
    for (const request of fresh) {
      seen.add(request.id)
      yield request
    }
    if (count <= results.length) return
    const oldest = Math.min(...results.map(({ created }) => Date.parse(created)))
    if (!Number.isFinite(oldest) || fresh.length === 0)
      throw new KitError(
        'BACKEND_UNAVAILABLE',
        `${api.where} says that there are ${count} pins, and its pages give no more than ${seen.size}`
      )
    // One that was made in the same millisecond may stand on the next page.
    before = oldest + 1
  }
}
