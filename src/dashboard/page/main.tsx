/** Shows the page. */
import { render } from 'preact'
import { readSession, mayChange } from './api.js'
import { App } from './app.js'
import { follow } from './live.js'
import './main.css'

render(<App />, document.querySelector('#page')!)
void readSession().then(() => {
  if (mayChange.value !== null) void follow()
})
