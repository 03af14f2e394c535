/** Opens the content of a home for one piece of work, and closes it afterwards. */
import type { ContentView } from './content-view.js'
import type { Run } from './run.js'
import type { Services } from './services.js'

/** @param fetch whether missing content is fetched. */
export const withContent = <T>(
  services: Services,
  run: Run,
  fetch: boolean,
  work: (view: ContentView) => Promise<T>
): Promise<T> => using(services.openContent(fetch, run), work)

/** As `withContent`, for the program's own upkeep: it is no use of what it reads. */
export const withQuietContent = <T>(
  services: Services,
  run: Run,
  fetch: boolean,
  work: (view: ContentView) => Promise<T>
): Promise<T> => using(services.openContent(fetch, run, true), work)

async function using<T>(
  opening: Promise<ContentView>,
  work: (view: ContentView) => Promise<T>
): Promise<T> {
  const view = await opening
  try {
    return await work(view)
  } finally {
    await view.close()
  }
}
