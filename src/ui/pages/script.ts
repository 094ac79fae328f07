// The one script, small and after the page, which works without it: it copies, counts down, turns times into the reader's own, and says the
// sentence of the form while it is filled in. It makes no request, keeps nothing, and writes text and never markup.

export const SCRIPT = `
(() => {
'use strict';
const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
const said = document.getElementById('said');
const skew = Number(document.body.dataset.now) - Date.now();
const now = () => Date.now() + skew;

const clock = (at) => {
  const day = { day: 'numeric', month: 'short' }, time = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const today = new Date(at).toDateString() === new Date(now()).toDateString();
  return new Intl.DateTimeFormat('en-GB', today ? time : { ...day, ...time }).format(at);
};
for (const element of all('[data-clock]')) {
  const at = Date.parse(element.dateTime);
  element.title = element.dateTime;
  element.textContent = clock(at);
}

const left = (ms) => {
  if (ms < 300000) return (ms < 60000 ? '' : Math.floor(ms / 60000) + ' min ') + Math.max(0, Math.floor(ms / 1000) % 60) + ' s';
  const minutes = Math.round(ms / 60000), hours = Math.floor(minutes / 60);
  if (minutes < 60) return minutes + ' min';
  if (hours < 48) return hours + ' h' + (minutes % 60 ? ' ' + (minutes % 60) + ' min' : '');
  return Math.floor(hours / 24) + ' days';
};
const count = () => {
  for (const element of all('[data-ends]')) {
    const ms = Number(element.dataset.ends) - now();
    if (element.tagName === 'PROGRESS') element.value = Math.max(0, ms / 1000);
    else if (ms > 0) element.textContent = left(ms) + ' left';
    else if (element.textContent !== 'has ended') element.textContent = 'has ended';
  }
};
if (all('[data-ends]').length) { count(); setInterval(count, 1000); }

for (const button of all('button.copy')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    const text = 'value' in source && source.tagName === 'TEXTAREA' ? source.value : source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      const name = button.textContent;
      button.textContent = 'Copied';
      button.classList.add('done');
      said.textContent = button.dataset.said || 'Copied.';
      setTimeout(() => { button.textContent = name; button.classList.remove('done'); said.textContent = ''; }, 2500);
    } catch {
      getSelection().selectAllChildren(source);
      said.textContent = 'The browser does not let the page copy. The text is selected: copy it yourself.';
    }
  });
}

const ORDER = ['read', 'write', 'create', 'delete', 'describe'];
const list = (words) => words.length < 2 ? words.join('') : words.slice(0, -1).join(', ') + ' and ' + words.at(-1);
const ticked = (form) => {
  const found = new Map();
  const add = (resource, action) => resource && found.set(resource, [...(found.get(resource) || []), action]);
  for (const box of all('input[type=checkbox]:checked', form)) {
    const [type, name, action] = box.value.split(':');
    if (box.name === 'permission') add(type === 'db' ? name : "the server's " + name, action);
    else add(form.elements['name' + box.name.slice(6)].value.trim(), box.value);
  }
  return found;
};
for (const form of all('form[data-rule]')) {
  const line = form.querySelector('.sentence'), button = form.querySelector('button[name=step]');
  line.hidden = false;
  button.value = 'vend';
  button.textContent = 'Get the token';
  form.querySelector('.plain').hidden = true;
  let waiting;
  const say = (event) => {
    const groups = new Map();
    for (const [resource, actions] of ticked(form)) {
      const sorted = [...new Set(actions)].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
      const words = sorted.length === 1 ? sorted[0] + '-only' : list(sorted);
      groups.set(words, [...(groups.get(words) || []), resource]);
    }
    const parts = [];
    const code = (text) => { const element = document.createElement('code'); element.textContent = text; return element; };
    for (const [words, resources] of groups) {
      parts.push((parts.length ? '; ' : '') + words + ' on ');
      resources.forEach((resource, at) => {
        if (at) parts.push(at === resources.length - 1 ? ' and ' : ', ');
        parts.push(resource === '*' ? 'every database' : code(resource));
      });
    }
    const ttl = Number(new FormData(form).get('ttl'));
    const bound = Number(form.dataset.bound) || Infinity;
    const end = Math.min(now() + ttl * 1000, bound);
    const time = document.createElement('time');
    time.dateTime = new Date(end).toISOString();
    time.textContent = clock(end);
    button.disabled = groups.size === 0;
    if (groups.size) line.replaceChildren(...parts, ', until ', time, ', by rule ', code(form.dataset.rule));
    else line.replaceChildren('Choose a database, and what the token may do there.');
    if (!event) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => { said.textContent = line.textContent; }, 600);
  };
  form.addEventListener('input', say);
  // After the form is read, so that a second click asks for no second token.
  form.addEventListener('submit', () => setTimeout(() => { button.disabled = true; }));
  addEventListener('pageshow', () => say());
  setInterval(() => say(), 30000);
}

const shown = document.getElementById('token');
if (shown) {
  addEventListener('pagehide', () => {
    for (const element of all('[data-secret]')) element.textContent = 'This token was shown once. Get another one.';
  });
}
})();
`;
