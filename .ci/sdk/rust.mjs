// Writes sdks/rust/src/api.rs: a type for each result and for the options of each operation, and a method for each.

const HEAD = `//! Operations of the API and the types of their results, generated from its document by \`npm run client\`.

use std::collections::BTreeMap;
use std::io::Read;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{Body, Payload, Request};
use crate::{Client, Events, Job, Pages, Result};
`

const KEYWORDS = new Set(['type', 'where', 'ref', 'move', 'use', 'in', 'as', 'fn', 'impl', 'match', 'mod', 'box', 'loop', 'dyn', 'async', 'await', 'for', 'if']) // prettier-ignore

const camel = (text) => text.replace(/(?:^|_)([a-z0-9])/g, (_, letter) => letter.toUpperCase())
const named = (name) => (KEYWORDS.has(name) ? `r#${name}` : name)

const SIMPLE = { string: 'String', enum: 'String', integer: 'i64', number: 'f64', boolean: 'bool', any: 'Value' } // prettier-ignore

function typed(type) {
  if (type.kind === 'ref') return type.name
  if (type.kind === 'array') return `Vec<${typed(type.items)}>`
  if (type.kind === 'map') return `BTreeMap<String, ${typed(type.values)}>`
  if (type.kind === 'nullable')
    return type.of.kind === 'any' ? 'Value' : `Option<${typed(type.of)}>`
  return SIMPLE[type.kind]
}

/** How an argument that is needed is given. */
function given(type) {
  if (type.kind === 'string' || type.kind === 'enum') return '&str'
  if (type.kind === 'array') return ['string', 'enum'].includes(type.items.kind) ? '&[&str]' : `&[${typed(type.items)}]` // prettier-ignore
  if (['integer', 'number', 'boolean'].includes(type.kind)) return SIMPLE[type.kind]
  return `&${typed(type)}`
}

const choices = (type) => {
  if (type.kind === 'nullable') return choices(type.of)
  return type.kind === 'enum' ? type.values : []
}

function doc(indent, ...lines) {
  return lines
    .filter((line) => line !== undefined && line !== '')
    .map((line) => `${indent}/// ${line}\n`)
    .join(`${indent}///\n`)
}

const sentence = (text) => (text === undefined ? undefined : `${text[0].toUpperCase()}${text.slice(1)}.`) // prettier-ignore

const oneOf = (type) =>
  choices(type).length === 0 ? undefined : `One of ${choices(type).map((one) => `\`${one}\``).join(', ')}.` // prettier-ignore

/** @param isSent whether fields without a value are left out. */
function fieldsOf(fields, isSent) {
  return fields
    .map(({ name, type, isRequired, description }) => {
      const isOption = !isRequired && type.kind !== 'nullable'
      const attribute = isSent
        ? '    #[serde(skip_serializing_if = "Option::is_none")]\n'
        : isRequired
          ? ''
          : '    #[serde(default)]\n'
      return `${doc('    ', sentence(description), oneOf(type))}${attribute}    pub ${named(name)}: ${isOption ? `Option<${typed(type)}>` : typed(type)},\n`
    })
    .join('')
}

function structOf({ name, fields, isResult = false, isOpen = false }) {
  const warnings = isResult && !fields.some((one) => one.name === 'warnings')
  const extra = [
    ...(warnings ? ['    #[serde(default)]\n    pub warnings: Vec<String>,\n'] : []),
    ...(isResult || isOpen ? ['    /// Fields that are not described.\n    #[serde(flatten)]\n    pub other: BTreeMap<String, Value>,\n'] : []) // prettier-ignore
  ]
  return `
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ${name} {
${fieldsOf(fields, false)}${extra.join('')}}
`
}

const optionsName = ({ id }) => `${camel(id)}Options`

/** What is given beside what is needed: the same in query and body. */
function optionsOf(operation) {
  const fields = operation.parameters.filter(({ isRequired }) => !isRequired)
  const key = operation.isWrite ? '    /// A key by which the same request, sent again, is answered once.\n    #[serde(skip)]\n    pub idempotency_key: Option<String>,\n' : '' // prettier-ignore
  const range = operation.hasRange ? '    /// The first byte.\n    #[serde(skip)]\n    pub start: Option<u64>,\n    /// Where the bytes end; that one is not sent.\n    #[serde(skip)]\n    pub end: Option<u64>,\n' : '' // prettier-ignore
  if (fields.length === 0 && key === '' && range === '') return ''
  return `
/// Options of [\`Client::${operation.id}\`].
#[derive(Clone, Debug, Default, Serialize)]
pub struct ${optionsName(operation)} {
${fieldsOf(fields, true)}${key}${range}}
`
}

function argumentsOf(operation) {
  const needed = operation.parameters.filter(({ isRequired }) => isRequired)
  return [
    ...(operation.kind === 'upload' ? ['data: impl Read'] : []),
    ...needed.map(({ name, type }) => `${named(name)}: ${given(type)}`),
    ...(optionsOf(operation) === '' ? [] : [`options: &${optionsName(operation)}`])
  ]
}

/** The request, built from arguments and options. */
function requestOf(operation) {
  const { method, path, parameters, isWrite, hasRange, kind } = operation
  const hasOptions = optionsOf(operation) !== ''
  const inBody = parameters.some(({ place }) => place === 'body')
  const segments = path
    .split('/')
    .slice(1)
    .map((part) => (part.startsWith('{') ? named(part.slice(1, -1)) : JSON.stringify(part)))
  const needed = parameters.filter(({ isRequired, place }) => isRequired && place !== 'path')
  const lines = [
    `Request::new("${method}", &[${segments.join(', ')}])`,
    ...needed.map(({ name }) => `.field("${name}", ${named(name)})?`),
    ...(hasOptions ? ['.options(options)?'] : []),
    ...(isWrite ? ['.key(options.idempotency_key.as_deref())'] : []),
    ...(hasRange ? ['.range(options.start, options.end)?'] : []),
    ...(inBody && kind === 'json' ? ['.in_body()'] : [])
  ]
  return lines.join('\n            ')
}

const PAYLOAD = { upload: 'Payload::Bytes(Box::new(data))' }

function methodsOf(operation) {
  const { id, title, description, kind, result, isLong, isWrite, page } = operation
  const listed = ['&self', ...argumentsOf(operation)].join(', ')
  const told = doc('    ', `${title}.`, description)
  const request = requestOf(operation)
  if (kind === 'download')
    return `${told}    pub fn ${id}(${listed}) -> Result<Body> {
        let request = ${request};
        self.send(&request, Payload::Nothing)
    }
`
  if (kind === 'events')
    return `${told}    pub fn ${id}(${listed}) -> Result<Events> {
        let request = ${request};
        self.events_of(&request)
    }
`
  const all = [
    `${told}    pub fn ${id}(${listed}) -> Result<${result}> {
        let request = ${request};
        self.json(&request, ${PAYLOAD[kind] ?? 'Payload::Nothing'})
    }
`
  ]
  if (isLong && isWrite)
    all.push(`    /// ${title}, in the background.
    pub fn ${id}_job(${listed}) -> Result<Job<${result}>> {
        let request = ${request};
        Job::start(self, &request)
    }
`)
  if (page !== undefined) all.push(pagesOf(operation))
  return all.join('\n')
}

function pagesOf(operation) {
  const { id, title, page, parameters } = operation
  const needed = parameters.filter(({ isRequired }) => isRequired)
  const owned = needed.map(({ name }) => `        let ${named(name)} = ${named(name)}.to_owned();\n`).join('') // prettier-ignore
  const listed = ['&self', ...argumentsOf(operation)].join(', ')
  const passed = [...needed.map(({ name }) => `&${named(name)}`), '&options'].join(', ')
  return `    /// ${title}: all of it, page by page.
    pub fn iter_${id}(${listed}) -> Pages<${typed(page.entry)}> {
        let client = self.clone();
        let mut options = options.clone();
${owned}        Pages::new(move |cursor| {
            if cursor.is_some() {
                options.cursor = cursor;
            }
            let page = client.${id}(${passed})?;
            Ok((page.${page.field}, page.next_cursor))
        })
    }
`
}

export function rustClient({ operations, types }) {
  return `${HEAD}${types.map(structOf).join('')}${operations.map(optionsOf).join('')}
impl Client {
${operations.map(methodsOf).join('\n')}}
`
}
