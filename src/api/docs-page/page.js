/**
 * Shows the document of the API. The token stays in the memory of this page: it is in no URL and in no storage.
 * A browser that is signed in already needs none.
 */

/** Tags of text that is formatted, without attributes. */
const PLAIN = /<\/?(?:p|code|em|strong|pre|ul|ol|li|br|h[1-6])>/g

/** React sets what Markdown becomes, which was made clean before, as text: what is no plain formatting stays text. */
globalThis.trustedTypes?.createPolicy('default', {
  createHTML: (html) =>
    html.replace(PLAIN, '').includes('<') ? html.replaceAll('<', '&lt;') : html
})

const form = document.querySelector('#sign-in')
const field = document.querySelector('#token')
const why = document.querySelector('#why')

let token = ''

const headers = () => (token === '' ? {} : { authorization: `Bearer ${token}` })

async function open() {
  let answer
  try {
    answer = await fetch('/openapi.json', { headers: headers() })
  } catch {
    return ask('The engine does not answer.')
  }
  if (answer.ok) return show(await answer.json())
  if (answer.status === 401) return ask(token === '' ? '' : 'This is not the token of this engine.')
  ask((await answer.json()).detail)
}

function ask(message) {
  why.textContent = message
  form.hidden = false
  field.focus()
}

function show(api) {
  // The view has a main part of its own, and asks whoever served this page.
  document.querySelector('main').remove()
  const { servers: _, ...spec } = api
  const view = globalThis.SwaggerUIBundle({
    domNode: document.querySelector('#api'),
    spec,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    deepLinking: true,
    displayRequestDuration: true,
    filter: true,
    // What would be sent to a server of others.
    validatorUrl: null
  })
  if (token !== '') view.preauthorizeApiKey('token', token)
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  token = field.value.trim()
  form.hidden = true
  void open()
})

void open()
