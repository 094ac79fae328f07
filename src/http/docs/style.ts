// The page's one style sheet, on top of the visual language that all pages share.
// It never loads anything.

import { BASE_STYLE } from '../../web/look/style.ts';

export const STYLE = `${BASE_STYLE}
body { display: grid; grid-template-columns: minmax(15rem, 18rem) minmax(0, 1fr); }
code, .path, .method, .type, .status { font-family: var(--mono); font-size: 0.875em; }
.credential code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--raised); overflow-wrap: anywhere; }

nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; padding: 2rem 1.25rem; border-right: 1px solid var(--rule); font-size: 0.875rem; }
nav .brand { font-size: 1.0625rem; margin-bottom: 1rem; }
nav a { color: inherit; text-decoration: none; }
nav .group { display: block; margin-top: 1.25rem; color: var(--soft); font-size: 0.75rem; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; }
nav ul { list-style: none; margin: 0.4rem 0 0; padding: 0; }
nav li a { display: flex; gap: 0.5rem; align-items: baseline; padding: 0.25rem 0.5rem; margin: 0 -0.5rem; border-radius: 6px; }
nav li a:hover { background: var(--raised); } nav .group:hover { color: var(--accent); }
nav .method { flex: 0 0 3.2rem; font-size: 0.65rem; padding: 0; background: none; }
nav .path { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 0.8rem; }
/* On a wide screen the contents are always open; a browser that cannot open them so shows what folds them. */
.contents { margin: 0; padding: 0; border: 0; }
.contents > summary { font-weight: 600; color: var(--soft); width: fit-content; }
@media (min-width: 52.001rem) { @supports selector(::details-content) { .contents { margin: 0; padding: 0; border: 0; }
.contents > summary { display: none; } .contents::details-content { content-visibility: visible; height: auto; } } }

main { max-width: 56rem; padding: 3rem clamp(1.25rem, 5vw, 4rem) 6rem; }
h2 { font-size: 1.5rem; margin: 4rem 0 0.25rem; padding-top: 1.5rem; border-top: 1px solid var(--rule); }
h3 { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; font-size: 1.125rem; margin: 0; }
h3 .path { font-weight: 600; font-size: 1.05rem; overflow-wrap: anywhere; }
.intro > p:first-of-type { font-size: 1.15rem; line-height: 1.5; }
.meta, .tag > p { color: var(--soft); }
.line { list-style: none; display: flex; flex-wrap: wrap; gap: 0.5rem 0.6rem; margin: 2rem 0; padding: 1rem 1.25rem; border-radius: 10px; background: var(--raised); }
.line li { color: var(--soft); }
.line li strong { color: var(--ink); }
.line li:not(:last-child)::after { content: "\\2192"; margin-left: 0.6rem; }
.callers { display: grid; gap: 1.25rem; margin-top: 1.25rem; }
.callers h3 { font-size: 1rem; }
.callers p { margin: 0.2rem 0 0; color: var(--soft); }
.callers pre { margin: 0.5rem 0 0; }

article { margin-top: 2.5rem; padding-top: 1rem; }
.anchor { color: var(--soft); text-decoration: none; font-weight: 400; opacity: 0.5; }
article:hover .anchor, .anchor:focus { color: var(--accent); opacity: 1; }
.summary { font-size: 1.05rem; font-weight: 600; margin: 0.6rem 0 0; }
.summary + p { margin-top: 0.25rem; }
.credential { color: var(--soft); font-size: 0.925rem; }
.method { display: inline-block; padding: 0.1rem 0.5rem; border-radius: 5px; background: var(--raised); font-size: 0.75rem; font-weight: 700; letter-spacing: 0.04em; text-transform: uppercase; }
.get { color: var(--get); } .post { color: var(--good); } .delete { color: var(--bad); }

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
.status { display: inline-block; min-width: 2.6rem; font-weight: 700; color: var(--bad); }
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
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--rule); padding: 1rem 1.25rem; }
  nav .brand { margin-bottom: 0.5rem; }
  nav li a { padding: 0.4rem 0.5rem; }
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
