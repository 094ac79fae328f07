// The page's one style sheet, light or dark as the reader's system prefers.
// It never loads anything.

export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fcfcfa; --raised: #f3f3ef; --ink: #1d1f23; --soft: #5c616b; --rule: #dedfd9;
  --accent: #5b3df0; --get: #0b7285; --post: #2b7a2b; --delete: #b3261e; --good: #2b7a2b; --code: #16181d; --on-code: #e8e6e1;
  --text: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --raised: #1c1f25; --ink: #e7e6e2; --soft: #9aa0ab; --rule: #2d3139;
    --accent: #a594ff; --get: #63c5d6; --post: #7fc97f; --delete: #f2928a; --good: #7fc97f; --code: #0c0d10; --on-code: #dcdad4;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body {
  margin: 0; display: grid; grid-template-columns: minmax(15rem, 18rem) minmax(0, 1fr);
  background: var(--ground); color: var(--ink); font: 1rem/1.6 var(--text); text-rendering: optimizeLegibility;
}
a { color: var(--accent); text-underline-offset: 0.2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
code, pre, .path, .method, .type, .status { font-family: var(--mono); font-size: 0.875em; }
p code, td code, .credential code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--raised); overflow-wrap: anywhere; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; }

nav {
  position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 2rem 1.25rem;
  border-right: 1px solid var(--rule); font-size: 0.875rem;
}
nav a { display: block; color: inherit; text-decoration: none; }
nav .brand { font-weight: 700; font-size: 1.125rem; letter-spacing: -0.01em; margin-bottom: 1.5rem; }
nav .group { margin-top: 1.25rem; color: var(--soft); font-size: 0.75rem; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; }
nav ul { list-style: none; margin: 0.4rem 0 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; align-items: baseline; padding: 0.2rem 0.4rem; margin: 0 -0.4rem; border-radius: 5px; }
nav li a:hover { background: var(--raised); }
nav .method { flex: 0 0 3.2rem; font-size: 0.65rem; padding: 0; background: none; }
nav .path { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 0.8rem; }

main { max-width: 56rem; padding: 3rem clamp(1.25rem, 5vw, 4rem) 6rem; }
h1 { font-size: 2.25rem; line-height: 1.1; letter-spacing: -0.025em; margin: 0 0 1rem; }
h2 { font-size: 1.5rem; letter-spacing: -0.015em; margin: 4rem 0 0.25rem; padding-top: 1.5rem; border-top: 1px solid var(--rule); }
h3 { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; font-size: 1.125rem; margin: 0; }
h3 .path { font-weight: 600; font-size: 1.05rem; overflow-wrap: anywhere; }
.intro p:first-of-type { font-size: 1.15rem; line-height: 1.5; }
.meta, .tag > p { color: var(--soft); }
.line { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem 0.6rem; margin: 2rem 0; padding: 1rem 1.25rem; border-radius: 8px; background: var(--raised); }
.line li { color: var(--soft); }
.line li strong { color: var(--ink); }
.line li:not(:last-child)::after { content: "\\2192"; margin-left: 0.6rem; }

article { margin-top: 2.5rem; padding-top: 1rem; }
.anchor { color: var(--rule); text-decoration: none; font-weight: 400; }
article:hover .anchor, .anchor:focus { color: var(--accent); }
.summary { font-size: 1.05rem; font-weight: 600; margin: 0.6rem 0 0; }
.summary + p { margin-top: 0.25rem; }
.credential { color: var(--soft); font-size: 0.925rem; }
.method { display: inline-block; padding: 0.1rem 0.5rem; border-radius: 5px; background: var(--raised); font-size: 0.75rem; font-weight: 700; letter-spacing: 0.04em; text-transform: uppercase; }
.get { color: var(--get); } .post { color: var(--post); } .delete { color: var(--delete); }
pre { margin: 0.75rem 0; padding: 0.9rem 1.1rem; overflow-x: auto; border-radius: 8px; background: var(--raised); line-height: 1.5; font-size: 0.8125rem; }
pre.call { background: var(--code); color: var(--on-code); }
pre code { font-size: inherit; }

.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; font-size: 0.9rem; }
caption { text-align: left; color: var(--soft); font-size: 0.75rem; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; padding-bottom: 0.25rem; }
th, td { text-align: left; vertical-align: baseline; padding: 0.45rem 1rem 0.45rem 0; border-top: 1px solid var(--rule); font-weight: 400; }
thead th { color: var(--soft); font-size: 0.8rem; border-top: 0; }
th code { font-weight: 600; padding: 0; background: none; }
td:last-child { padding-right: 0; }
.type { color: var(--soft); font-size: 0.78rem; max-width: 16rem; }
td code.value { display: block; width: fit-content; margin-top: 0.2rem; font-size: 0.78rem; }
.required, .retryable { display: block; font-size: 0.72rem; color: var(--accent); }
.answer { margin-top: 1.25rem; }
.status { display: inline-block; min-width: 2.6rem; font-weight: 700; color: var(--delete); }
.status.good { color: var(--good); }
details { margin-top: 1.25rem; border-top: 1px solid var(--rule); padding-top: 0.6rem; }
summary { cursor: pointer; color: var(--soft); font-size: 0.9rem; }
.refusals { list-style: none; margin: 0.6rem 0 0; padding: 0; font-size: 0.875rem; }
.refusals li { position: relative; padding: 0.2rem 0 0.2rem 3.5rem; }
.refusals .status { position: absolute; left: 0; }
.refusals a { display: inline-block; margin-right: 0.9rem; font-family: var(--mono); font-size: 0.8rem; }
.reasons tr:target th, .reasons tr:target td { background: var(--raised); }

@media (max-width: 52rem) {
  body { display: block; }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--rule); padding: 1.25rem; }
  main { padding-top: 2rem; }
  thead { display: none; }
  tbody, tr, tr > * { display: block; }
  tr { border-top: 1px solid var(--rule); padding: 0.5rem 0; }
  tr > th, tr > td { border-top: 0; padding: 0.1rem 0; max-width: none; overflow-wrap: anywhere; }
  .reasons tr > td:first-child, .reasons tr > th { display: inline-block; margin-right: 0.6rem; }
  .required, .retryable { display: inline; margin-left: 0.6rem; }
}
@media print { nav, .anchor { display: none; } body { display: block; } details:not([open]) > * { display: block; } }
`;
