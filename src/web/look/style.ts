// The visual language of every page: colours, type, and the elements that more than one page has; light or dark as the reader's system
// prefers. It never loads anything.

export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fbfaf7; --raised: #f2f0ea; --card: #ffffff; --ink: #1c1d21; --soft: #585c66; --rule: #dfdcd3; --edge: #8d8a80;
  --accent: #5b3df0; --on-accent: #ffffff; --tint: #ece8fd; --on-tint: #4327c9;
  --good: #24702a; --good-tint: #e3f1e1; --bad: #b3261e; --bad-tint: #fbe9e6; --warn: #7a5200; --warn-tint: #fbf0d5;
  --get: #0b6677; --code: #17181d; --on-code: #eceae4; --on-code-soft: #aaa9b4; --code-edge: #33353f;
  --text: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121317; --raised: #202229; --card: #191b21; --ink: #eae8e3; --soft: #a3a7b3; --rule: #2d3039; --edge: #72757f;
    --accent: #a999ff; --on-accent: #17122e; --tint: #2b2450; --on-tint: #cdc3ff;
    --good: #86d088; --good-tint: #1a2f1d; --bad: #f49a91; --bad-tint: #3a1d1b; --warn: #e5bd62; --warn-tint: #33290f;
    --get: #69c8d9; --code: #0b0c0f; --on-code: #e3e1da; --on-code-soft: #a3a2ad; --code-edge: #2d3039;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 var(--text); text-rendering: optimizeLegibility; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -0.018em; text-wrap: balance; }
h1 { font-size: clamp(1.75rem, 1.3rem + 2vw, 2.25rem); letter-spacing: -0.028em; margin: 0 0 0.75rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
code, pre, kbd { font-family: var(--mono); font-size: 0.875em; }
p code, li code, td code, dd code { padding: 0.1em 0.35em; border-radius: 4px; background: var(--raised); overflow-wrap: anywhere; }
pre { margin: 0.75rem 0; padding: 0.9rem 1.1rem; border-radius: 10px; background: var(--raised); line-height: 1.55; font-size: 0.8125rem; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; }
pre.call { background: var(--code); color: var(--on-code); box-shadow: inset 0 0 0 1px var(--code-edge); }
pre code { font-size: inherit; }
summary { cursor: pointer; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 9; padding: 0.5rem 0.9rem; border-radius: 8px; background: var(--card); }
.aside { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand { display: inline-flex; align-items: center; gap: 0.55rem; font-weight: 700; letter-spacing: -0.015em; color: inherit; text-decoration: none; }
.brand svg { width: 1.5rem; height: 1.5rem; flex: none; color: var(--accent); }
.label { color: var(--soft); font-size: 0.75rem; font-weight: 600; letter-spacing: 0.07em; text-transform: uppercase; }
`;
