/** The frame of the pages that the gateway makes: no script, no request to anywhere, light and dark, any width. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Characters that turn the direction of text, with which a name could look like another one. */
const TURNING = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g
const CONTROLS = /[^\P{Cc}\n\t]/gu

/** Returns text that is safe in elements and in quoted attributes. */
export const escaped = (text: string): string =>
  text
    .replace(CONTROLS, '\ufffd')
    .replace(TURNING, '\ufffd')
    .replace(/[&<>"']/g, (char) => ESCAPES[char]!)

const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1c2430;--soft:#5d6b7e;--line:#e2e7ee;--hover:#f4f7fb;--link:#0b5cad}
@media(prefers-color-scheme:dark){:root{--ground:#12161c;--text:#e4e9f0;--soft:#93a1b5;--line:#28303b;--hover:#1a2029;--link:#7ab7ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:70rem;padding:1.5rem 1rem 3rem;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.05rem;font-weight:600;margin:0 0 .25rem;overflow-wrap:anywhere}
p{margin:.25rem 0 1rem;color:var(--soft);overflow-wrap:anywhere}
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
table{width:100%;border-collapse:collapse;table-layout:auto}
td,th{padding:.45rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;font-weight:400}
th{color:var(--soft);font-size:.85rem}
tr:hover td{background:var(--hover)}
td.name{overflow-wrap:anywhere;width:60%}
td.size,th.size{text-align:right;white-space:nowrap;color:var(--soft);font-variant-numeric:tabular-nums}
.icon{color:var(--soft);display:inline-block;width:1.4em}
.ipfs-hash{font:.85rem/1.7 ui-monospace,monospace;color:var(--soft)}
pre{overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:.4rem;font:.9rem/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
nav{margin-top:1rem}
@media(max-width:40rem){body{padding:1rem .6rem 2rem;font-size:15px}td.hash,th.hash{display:none}td.name{width:auto}}
`.trim()

/** @param body is safe: what comes from content went through `escaped`. */
export const page = (title: string, body: string): string => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
