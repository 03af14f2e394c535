/** `dashboard`: opens the dashboard in a browser, signed in. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { utf8 } from '../../core/bytes.js'
import { replaceFile } from '../../core/fs-durable.js'
import { dashboard } from '../../operations/dashboard.js'
import { engineChoiceFrom } from '../../operations/engine-choice.js'
import { flagOf, type Context } from '../context.js'

export async function run(context: Context): Promise<void> {
  const request = {
    isReadOnly: flagOf(context, 'read-only'),
    engine: engineChoiceFrom(context.config)
  }
  const found = await dashboard(context.services, request, context.run)
  if (context.json) return context.answer(found)
  if (found.hasStarted) context.note('an engine was started; `ipfs-kit daemon stop` ends it')
  const isOpened =
    !flagOf(context, 'no-open') && (await openInBrowser(found.url, context.services.home))
  context.print(isOpened ? `opened in your browser: ${found.url}` : found.url)
  context.note('the address signs one browser in, and is good for a minute')
}

/** Returns whether a browser was started: there is none without a screen. */
async function openInBrowser(url: string, home: string): Promise<boolean> {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY } = process.env
  const hasScreen = process.platform === 'darwin' || DISPLAY !== undefined || WAYLAND_DISPLAY !== undefined // prettier-ignore
  if (!hasScreen && BROWSER === undefined) return false
  const opener = BROWSER ?? (process.platform === 'darwin' ? 'open' : 'xdg-open')
  const page = pageOf(url, home)
  if (page === undefined) return false
  const child = spawn(opener, [page], { stdio: 'ignore', detached: true })
  return await new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

/**
 * Returns a page of this user that leads to an address: whoever may list processes sees their arguments. Undefined
 * for a home that cannot be written.
 */
function pageOf(url: string, home: string): string | undefined {
  const page = join(home, 'run', 'sign-in.html')
  try {
    replaceFile(page, utf8(`<meta http-equiv="refresh" content="0;url=${url}">\n`))
    return page
  } catch {
    return undefined
  }
}
