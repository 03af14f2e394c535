/** The shell of the page: navigation, the view, notices. */
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { mayChange, signOut } from './api.js'
import { attempt, Notices } from './notices.js'
import { linkTo, route } from './route.js'
import { hasBeenLive, isLive } from './live.js'
import { theme, type Theme } from './theme.js'
import { Backends } from './views/backends.js'
import { Cache } from './views/cache.js'
import { Content } from './views/content.js'
import { Datasets } from './views/datasets.js'
import { Events } from './views/events.js'
import { Jobs } from './views/jobs.js'
import { Log } from './views/log.js'
import { Overview } from './views/overview.js'
import { Pins } from './views/pins.js'
import { Sql } from './views/sql.js'

interface View {
  readonly id: string
  readonly title: string
  readonly Show: ComponentType
}

const VIEWS: readonly View[] = [
  { id: '', title: 'Overview', Show: Overview },
  { id: 'content', title: 'Content', Show: Content },
  { id: 'pins', title: 'Pins', Show: Pins },
  { id: 'backends', title: 'Backends', Show: Backends },
  { id: 'datasets', title: 'Datasets', Show: Datasets },
  { id: 'sql', title: 'SQL', Show: Sql },
  { id: 'cache', title: 'Cache', Show: Cache },
  { id: 'log', title: 'Write-ahead log', Show: Log },
  { id: 'jobs', title: 'Jobs', Show: Jobs },
  { id: 'events', title: 'Events and logs', Show: Events }
]

export function App() {
  const heading = useRef<HTMLHeadingElement>(null)
  const isFirst = useRef(true)
  const { view, of } = route.value
  const chosen = VIEWS.find(({ id }) => id === view) ?? VIEWS[0]!
  useEffect(() => {
    const shown = of === '' || view === 'sql' ? '' : `${of.slice(of.lastIndexOf('/') + 1)} – `
    document.title = `${shown}${chosen.title} – ipfs-kit`
    // Where one is now is told to those who do not see it, as it would be by another page.
    if (!isFirst.current) heading.current?.focus()
    isFirst.current = false
  }, [chosen, of])
  if (mayChange.value === undefined) return <p class="quiet alone">Loading…</p>
  if (mayChange.value === null) return <SignedOut />
  return (
    <div class="shell">
      <a
        class="skip"
        href="#main"
        onClick={(event) => (event.preventDefault(), heading.current?.focus())}
      >
        To the content
      </a>
      <Navigation chosen={chosen} />
      <main id="main">
        <h1 ref={heading} tabIndex={-1}>
          {chosen.title}
        </h1>
        {!isLive.value && hasBeenLive.value && (
          <p class="bad" role="status">
            The engine does not answer; what you see is as it was.
          </p>
        )}
        <chosen.Show />
      </main>
      <Notices />
    </div>
  )
}

const Navigation = ({ chosen }: { chosen: View }) => (
  <header class="side">
    <p class="brand">
      <img src="icon.svg" alt="" width={24} height={24} /> ipfs-kit
    </p>
    <nav aria-label="Views">
      <ul>
        {VIEWS.map(({ id, title }) => (
          <li key={id}>
            <a href={linkTo(id)} aria-current={id === chosen.id ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
    <div class="foot">
      <p class="quiet">
        {isLive.value ? 'Live' : 'Not connected'}
        {mayChange.value === false && ', read-only'}
      </p>
      <label>
        Colours{' '}
        <select
          value={theme.value}
          onChange={(event) => (theme.value = event.currentTarget.value as Theme)}
        >
          <option value="auto">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
      <a href="/docs">API</a>
      <button class="small" onClick={() => void attempt('Sign out', signOut())}>
        Sign out
      </button>
    </div>
  </header>
)

const SignedOut = () => (
  <main class="alone">
    <h1>This browser is not signed in</h1>
    <p>In a terminal of the machine that the engine runs on:</p>
    <pre>
      <code>ipfs-kit dashboard</code>
    </pre>
    <p class="quiet">
      A session ends when the engine ends, or twelve hours after its page was last open.
    </p>
  </main>
)
