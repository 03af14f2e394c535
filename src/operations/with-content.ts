/** Opens the content of a home for one piece of work, and closes it afterwards. */
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** @param fetch whether missing content is fetched. */
export async function withContent<T>(
  services: Services,
  run: Run,
  fetch: boolean,
  work: (view: ContentView) => Promise<T>
): Promise<T> {
  const view = await services.openContent(fetch, run)
  try {
    return await work(view)
  } finally {
    await view.close()
  }
}
