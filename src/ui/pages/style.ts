// The style sheet of the pages for people, on top of the visual language that all pages share.
// It never loads anything.

import { BASE_STYLE } from '../../web/look/style.ts';

const FRAME = `
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1.5rem; max-width: 72rem; margin: 0 auto; padding: 1.1rem clamp(1rem, 4vw, 2.5rem); }
.bar .brand { font-size: 1.0625rem; }
.bar nav { display: flex; gap: 0.25rem; }
.bar nav a { padding: 0.35rem 0.75rem; border-radius: 999px; color: var(--soft); text-decoration: none; font-size: 0.9375rem; }
.bar nav a:hover { background: var(--raised); color: var(--ink); }
.bar nav a[aria-current] { background: var(--tint); color: var(--on-tint); font-weight: 600; }
.person { display: flex; align-items: center; gap: 0.75rem; margin-left: auto; min-width: 0; font-size: 0.9375rem; }
.person .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 20rem; color: var(--soft); }
main { max-width: 72rem; margin: 0 auto; padding: clamp(1rem, 3vw, 2.25rem) clamp(1rem, 4vw, 2.5rem) 5rem; outline: none; }
main > .narrow { max-width: 46rem; margin: 0 auto; }
.lead { color: var(--soft); font-size: 1.0625rem; max-width: 44rem; margin: 0 0 1.5rem; }
.columns { display: grid; grid-template-columns: minmax(0, 1.7fr) minmax(17rem, 1fr); gap: 1.5rem 2.25rem; align-items: start; }
.card { padding: clamp(1.1rem, 2.5vw, 1.75rem); border: 1px solid var(--rule); border-radius: 16px; background: var(--card); box-shadow: 0 1px 2px rgb(20 20 30 / 4%), 0 12px 32px -20px rgb(20 20 30 / 25%); }
.card + .card { margin-top: 1.25rem; }
.card > :first-child { margin-top: 0; } .card > :last-child, .card > form > :last-child { margin-bottom: 0; }
.narrow > .act { margin-top: 1.5rem; }
.more { padding-top: 0.9rem; border-top: 1px solid var(--rule); }
.more > summary { color: var(--soft); font-size: 0.9375rem; }
.steps { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem 1.5rem; list-style: none; counter-reset: step; margin: 2rem 0 0; padding: 0; }
.steps li { counter-increment: step; padding-top: 0.9rem; border-top: 3px solid var(--tint); color: var(--soft); font-size: 0.9375rem; }
.steps li::before { content: counter(step); display: block; color: var(--on-tint); font-weight: 700; font-size: 1.25rem; }
.steps strong { display: block; color: var(--ink); }
h2 { font-size: 1.1875rem; margin: 0 0 0.75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.4rem; }
.soft { color: var(--soft); } .small { font-size: 0.875rem; }
.notice { margin: 0 0 1.25rem; padding: 0.75rem 1rem; border-radius: 12px; background: var(--tint); color: var(--on-tint); }
.notice.good { background: var(--good-tint); color: var(--good); }
.notice.bad { background: var(--bad-tint); color: var(--bad); }
.notice.warn { background: var(--warn-tint); color: var(--warn); }
.notice a { color: inherit; }
.notice code { background: none; padding: 0; }
details.claims { margin: 0 0 1.5rem; font-size: 0.9375rem; }
details.claims > summary { color: var(--soft); width: fit-content; }
dl { display: grid; grid-template-columns: fit-content(14rem) minmax(0, 1fr); gap: 0.3rem 1.25rem; margin: 0.75rem 0; font-size: 0.875rem; }
dt { color: var(--soft); font-family: var(--mono); font-size: 0.8125rem; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
`;

const CONTROLS = `
button, .button { display: inline-flex; align-items: center; justify-content: center; gap: 0.5rem; padding: 0.6rem 1.1rem; border: 1px solid transparent; border-radius: 10px; background: var(--raised); color: var(--ink); font: 600 0.9375rem/1.3 var(--text); text-decoration: none; cursor: pointer; }
button:hover, .button:hover { filter: brightness(0.96); }
button.go, .button.go { background: var(--accent); color: var(--on-accent); padding: 0.8rem 1.5rem; font-size: 1.0625rem; box-shadow: 0 6px 18px -8px var(--accent); }
button.go:hover, .button.go:hover { filter: brightness(1.08); }
button.quiet { background: none; border-color: var(--rule); padding: 0.35rem 0.8rem; font-size: 0.875rem; font-weight: 500; white-space: nowrap; }
button.danger { color: var(--bad); }
button[hidden] { display: none; }
button:disabled { opacity: 0.45; cursor: default; box-shadow: none; filter: none; }
fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; min-width: 0; }
legend { padding: 0; margin-bottom: 0.5rem; }
input[type="text"], textarea { width: 100%; padding: 0.55rem 0.75rem; border: 1px solid var(--edge); border-radius: 10px; background: var(--ground); color: inherit; font: 0.9375rem/1.4 var(--mono); }
textarea { min-height: 8rem; resize: vertical; field-sizing: content; }
input:user-invalid { border-color: var(--bad); }
.rows { list-style: none; margin: 0; padding: 0; border: 1px solid var(--rule); border-radius: 12px; }
.rows > li { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1rem; padding: 0.6rem 0.85rem; }
.rows > li + li { border-top: 1px solid var(--rule); }
.rows fieldset { margin: 0; }
.rows .what { flex: 1 1 12rem; min-width: 0; }
.rows .what code { font-size: 0.9375rem; font-weight: 600; overflow-wrap: anywhere; }
.rows .what label { display: block; margin-bottom: 0.3rem; font-size: 0.875rem; color: var(--soft); }
.pills { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.pill { display: inline-flex; align-items: center; gap: 0.45rem; padding: 0.3rem 0.75rem 0.3rem 0.6rem; border: 1px solid var(--rule); border-radius: 999px; font-size: 0.9375rem; cursor: pointer; user-select: none; }
.pill:hover { border-color: var(--edge); }
.pill:has(:checked) { background: var(--tint); border-color: var(--tint); color: var(--on-tint); font-weight: 600; }
.pill:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.pill input { appearance: none; display: grid; place-content: center; flex: none; width: 1rem; height: 1rem; margin: 0; border: 1.5px solid var(--edge); border-radius: 4px; outline: none; }
.pill input[type="radio"] { border-radius: 50%; }
.pill input:checked { border-color: var(--accent); background: var(--accent); }
.pill input:checked::before { content: ""; width: 0.625rem; height: 0.625rem; background: var(--on-accent); clip-path: polygon(12% 46%, 0 60%, 40% 96%, 100% 18%, 85% 6%, 37% 70%); }
.pill input[type="radio"]:checked::before { width: 0.4rem; height: 0.4rem; border-radius: 50%; clip-path: none; }
.sentence { margin: 1.5rem 0 1.1rem; padding-left: 1rem; border-left: 3px solid var(--accent); font-size: clamp(1.1875rem, 1rem + 1vw, 1.4375rem); line-height: 1.45; letter-spacing: -0.012em; text-wrap: pretty; }
.sentence code, .sentence time { padding: 0.05em 0.35em; border-radius: 6px; background: var(--tint); color: var(--on-tint); font-weight: 600; font-size: 0.92em; white-space: nowrap; }
.sentence code { white-space: normal; overflow-wrap: anywhere; }
.sentence time { font-family: var(--text); font-variant-numeric: tabular-nums; }
.act { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.25rem; }
details.rule { border-top: 1px solid var(--rule); }
details.rule:first-of-type { border-top: 0; } details.rule:first-of-type > summary { padding-top: 0; }
details.rule > form { padding-bottom: 1.5rem; }
details.rule:last-of-type:not([open]) > summary { padding-bottom: 0; }
details.rule > summary { padding: 0.9rem 0; font-weight: 600; }
details.rule > summary .soft { font-weight: 400; margin-left: 0.4rem; }
details.rule[open] > summary { margin-bottom: 0.5rem; }
`;

const TOKEN = `
.secret { position: relative; margin: 0 0 0.5rem; }
.secret output { display: block; padding: 1rem 1.1rem; border-radius: 12px; background: var(--code); color: var(--on-code); box-shadow: inset 0 0 0 1px var(--code-edge); font: 0.9375rem/1.5 var(--mono); overflow-wrap: anywhere; user-select: all; }
.left { display: block; width: 100%; height: 6px; margin: 0.6rem 0; border: 0; border-radius: 3px; background: var(--raised); appearance: none; overflow: hidden; }
.left::-webkit-progress-bar { background: var(--raised); } .left::-webkit-progress-value { background: var(--accent); border-radius: 3px; } .left::-moz-progress-bar { background: var(--accent); }
.tabs { margin: 0; }
.tabs > .choices { display: flex; flex-wrap: wrap; gap: 0.25rem; margin-bottom: 0.25rem; }
.tab { padding: 0.4rem 0.85rem; border-radius: 999px; color: var(--soft); font-size: 0.9375rem; cursor: pointer; }
.tab:hover { background: var(--raised); }
.tab:has(:checked) { background: var(--tint); color: var(--on-tint); font-weight: 600; }
.tab:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
.panel { position: relative; }
.panel .copy { position: absolute; top: 0.55rem; right: 0.55rem; }
.panel pre { margin: 0.5rem 0 0; padding-right: 5.5rem; min-height: 3.4rem; }
button.copy { padding: 0.3rem 0.75rem; border-radius: 8px; background: var(--code-edge); color: var(--on-code); font-size: 0.8125rem; }
button.copy.done { background: var(--good-tint); color: var(--good); }
.secret .copy { margin-top: 0.6rem; background: var(--accent); color: var(--on-accent); font-size: 0.9375rem; padding: 0.6rem 1.1rem; }
.tokens { list-style: none; margin: 0; padding: 0; }
.tokens > li { padding: 0.9rem 0; border-top: 1px solid var(--rule); }
.tokens > li:first-child { border-top: 0; padding-top: 0; }
.tokens p { margin: 0; }
.tokens .title { font-weight: 600; overflow-wrap: anywhere; }
.tokens .end { display: flex; align-items: center; justify-content: space-between; gap: 0.75rem; margin-top: 0.4rem; font-variant-numeric: tabular-nums; }
.tokens .over .title { font-weight: 400; color: var(--soft); }
.tree { list-style: none; margin: 0.75rem 0 0; padding: 0; }
.tree > li { padding: 1rem 0 0.9rem; border-top: 1px solid var(--rule); }
.card > .tree > li:first-child { border-top: 0; padding-top: 0; }
.tree .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 0.6rem; margin: 0 0 0.35rem; font-weight: 600; }
.tree ul { list-style: none; margin: 0.4rem 0 0; padding: 0; }
.tree ul > li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0.2rem 0.75rem; padding: 0.3rem 0; }
.verdict { justify-self: start; align-self: start; padding: 0.1rem 0.55rem; border-radius: 999px; font-size: 0.8125rem; font-weight: 600; white-space: nowrap; background: var(--raised); color: var(--soft); }
.verdict.no { background: var(--bad-tint); color: var(--bad); } .verdict.yes { background: var(--good-tint); color: var(--good); } .verdict.unknown { background: var(--warn-tint); color: var(--warn); }
.tree .no code { font-weight: 600; }
.tree .head .small { font-weight: 400; }
.tree .facts:empty { display: none; }
`;

const SMALL = `
@supports selector(:has(*)) {
  .tab input { position: absolute; opacity: 0; pointer-events: none; }
  .panel { display: none; }
  ${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((at) => `.tabs:has([value="${at}"]:checked) .panel-${at}`).join(', ')} { display: block; }
}
@media (max-width: 56rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) {
  .bar { gap: 0.6rem; } .bar nav { order: 3; width: 100%; margin-left: -0.75rem; } .person .name { max-width: 8.5rem; }
  .steps { grid-template-columns: minmax(0, 1fr); }
  button.go, .button.go { width: 100%; }
  .rows .what { flex-basis: 100%; }
  .panel pre { padding-right: 1.1rem; } .panel .copy { position: static; margin-top: 0.5rem; }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0 } dd { margin-bottom: 0.5rem; }
  .tree ul > li { grid-template-columns: minmax(0, 1fr); }
}
@media (forced-colors: active) { .pill input { appearance: auto; } .pill:has(:checked), .tab:has(:checked) { outline: 2px solid; } }
@media (prefers-reduced-motion: no-preference) { button, .button, .pill, .tab { transition: background-color 0.15s, filter 0.15s, border-color 0.15s; } }
@media print { .bar, button { display: none; } }
`;

export const STYLE = BASE_STYLE + FRAME + CONTROLS + TOKEN + SMALL;
