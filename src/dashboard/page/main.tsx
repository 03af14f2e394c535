/** Shows the page. */
import { render } from 'preact'
import { readSession, mayChange } from './api.js'
import { App } from './app.js'
import { follow } from './live.js'
import './main.css'

render(<App />, document.querySelector('#page')!)
/** A session lasts for as long as its page asks for it now and then. */
const RENEW_MS = 3_600_000

void readSession().then(() => {
  if (mayChange.value !== null) void follow()
})
setInterval(() => mayChange.value === null || void readSession(), RENEW_MS)
