/** Opening the content of a home for one piece of work, and closing it whatever happens. */
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** @param fetch whether what is not here is fetched. */
export async function withContent<T>(
  services: Services,
  run: Run,
  fetch: boolean,
  work: (view: ContentView) => Promise<T>
): Promise<T> {
  const view = services.openContent(fetch, run)
  try {
    return await work(view)
  } finally {
    await view.close()
  }
}
