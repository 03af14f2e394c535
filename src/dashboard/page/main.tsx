/** Shows the page. */
import { render } from 'preact'
import { App } from './app.js'
import './main.css'

render(<App />, document.querySelector('#page')!)
