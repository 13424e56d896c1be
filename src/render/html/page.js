'use strict';
(async () => {
const $ = id => document.getElementById(id);
const packed = $('rows'), state = $('state');
if (!packed) return;
const say = text => { state.textContent = text; state.hidden = !text; };
if (!self.DecompressionStream) {
  say('This browser cannot unpack all changes: the first ones are below.');
  return;
}
say('Unpacking the changes…');
// Lets the browser draw and answer between two parts of some long work.
const breath = () => new Promise(done => setTimeout(done));
await breath();

// What packed.rs wrote.
const about = JSON.parse($('about').textContent);
const groups = about.groups, bytes = new Uint8Array(about.bytes);
const LINE = 32769; // letters of base64 and the end of a line
{
  const text = packed.textContent.slice(1);
  let at = 0;
  const source = new ReadableStream({
    pull(to) {
      if (at >= text.length) return to.close();
      const part = text.slice(at, at += LINE * 32);
      if (Uint8Array.fromBase64) return to.enqueue(Uint8Array.fromBase64(part));
      const plain = atob(part), piece = new Uint8Array(plain.length);
      for (let i = 0; i < plain.length; i++) piece[i] = plain.charCodeAt(i);
      to.enqueue(piece);
    }
  });
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  let end = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes.set(value, end);
    end += value.length;
  }
}
const HEADING = 33, KEEP = 32;
const changes = groups.reduce((sum, group) => sum + group.count, 0);
// Where each line begins, and the line of each change; both have one more at their end.
const starts = new Uint32Array(about.lines + 1), firsts = new Uint32Array(changes + 1);
for (let at = 0, line = 0, change = 0; line < about.lines; line++) {
  starts[line] = at;
  if (bytes[at] === HEADING) firsts[change++] = line;
  at = bytes.indexOf(10, at) + 1;
  starts[line + 1] = at;
}
firsts[changes] = about.lines;
let sum = 0;
for (const group of groups) { group.first = sum; group.end = sum += group.count; }
const decoder = new TextDecoder();
// The text of lines, without the end of the last one.
const text = (from, to) => decoder.decode(bytes.subarray(starts[from], starts[to] - 1));
const find = (sorted, value) => {
  let low = 0, high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle; else high = middle - 1;
  }
  return low;
};
const changeOf = line => find(firsts, line);
const groupOf = change => groups.find(group => change < group.end);
const count = (number, one, many) => number.toLocaleString('en') + ' ' + (number === 1 ? one : many);

// What is drawn: lines by number; above that, groups, and above those, users.
const GROUP = 0x80000000, USER = 0xc0000000;
let entries = new Uint32Array(0), users = [], hits = null;
const folded = new Set();
let foldAll = false;

const fill = (select, all, options) => {
  select.replaceChildren(new Option(all, ''));
  for (const [value, number] of options) select.append(new Option(value + ' (' + number.toLocaleString('en') + ')', value));
};
for (const name of ['action', 'kind']) {
  const sums = new Map();
  for (const group of groups) sums.set(group[name], (sums.get(group[name]) || 0) + group.count);
  fill($(name), name === 'action' ? 'all actions' : 'all kinds', sums);
}
const wanted = group => (!$('action').value || group.action === $('action').value)
  && (!$('kind').value || group.kind === $('kind').value);

// Where a part of a group ends that is read at once: parts are about as long, whatever the number of rows.
function partEnd(group, from) {
  let to = from + 1;
  while (to < group.end && to - from < 4096 && firsts[to + 1] - firsts[from] < 16384) to++;
  return to;
}
// Numbers of the search that is under way: an older one stops.
let turn = 0;
async function search() {
  const own = ++turn;
  const words = $('q').value.toLowerCase().split(' ').filter(word => word);
  const next = words.length ? new Uint8Array(about.lines) : null;
  if (next) {
    const rows = $('where').value === 'all';
    let drawn = performance.now();
    for (const group of groups.filter(wanted)) {
      for (let from = group.first; from < group.end;) {
        const to = partEnd(group, from), lines = text(firsts[from], firsts[to]).toLowerCase().split('\n');
        for (let change = from; change < to; change++) {
          const base = firsts[from], heading = lines[firsts[change] - base];
          const left = words.filter(word => !heading.includes(word));
          if (!left.length) { next.fill(1, firsts[change], firsts[change + 1]); continue; }
          if (!rows) continue;
          for (let line = firsts[change] + 1; line < firsts[change + 1]; line++) {
            if (left.every(word => lines[line - base].includes(word))) next[line] = next[firsts[change]] = 1;
          }
        }
        from = to;
        if (performance.now() - drawn > 50) {
          $('found').textContent = 'Searching… ' + Math.round(100 * from / changes) + ' %';
          await breath();
          if (own !== turn) return;
          drawn = performance.now();
        }
      }
    }
  }
  hits = next;
  await arrange(own);
}

// Whose row it is: a user's or a device's.
const OWN = new Set(['getui.tag_set', 'jpush.device']);
function named(heading) {
  const quoted = heading.slice(heading.indexOf('[') + 1, heading.lastIndexOf('"') + 1);
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try { return JSON.parse(quoted); } catch { return quoted; }
}

// Lines of each user, without a list for each of a million: numbers of users first, then lines by counting.
async function byUser(own) {
  const numbers = new Map(), owners = new Uint32Array(about.lines);
  let drawn = performance.now(), total = 0;
  // A property is nobody's.
  for (const group of groups.filter(group => wanted(group) && group.kind !== 'jpush.property')) {
    const isOwn = OWN.has(group.kind);
    for (let from = group.first; from < group.end;) {
      const to = partEnd(group, from), lines = text(firsts[from], firsts[to]).split('\n'), base = firsts[from];
      for (let change = from; change < to; change++) {
        let who = isOwn ? named(lines[firsts[change] - base].split('\t', 1)[0]) : '';
        for (let line = firsts[change] + 1; line < firsts[change + 1]; line++) {
          if (hits && !hits[line] || bytes[starts[line]] === KEEP) continue;
          if (!isOwn) {
            const row = lines[line - base], tab = row.indexOf('\t');
            who = row.slice(1, tab < 0 ? row.length : tab);
          }
          let number = numbers.get(who);
          if (number === undefined) numbers.set(who, number = numbers.size + 1);
          owners[line] = number;
          total++;
        }
      }
      from = to;
      if (performance.now() - drawn > 100) {
        $('found').textContent = 'Grouping by user… ' + Math.round(100 * from / changes) + ' %';
        await breath();
        if (own !== turn) return false;
        drawn = performance.now();
      }
    }
  }
  users = [...numbers.keys()];
  const places = new Uint32Array(users.length + 2), by = new Uint32Array(total);
  for (const number of owners) if (number) places[number + 1]++;
  for (let number = 1; number < places.length; number++) places[number] += places[number - 1];
  const next = places.slice();
  owners.forEach((number, line) => { if (number) by[next[number]++] = line; });
  const all = new Uint32Array(users.length + total);
  let at = 0;
  users.forEach((user, number) => {
    all[at++] = USER + number;
    if (foldAll !== folded.has(user)) return;
    const lines = by.subarray(places[number + 1], places[number + 2]);
    all.set(lines, at);
    at += lines.length;
  });
  entries = all.subarray(0, at);
  $('found').textContent = count(users.length, 'user', 'users') + ', ' + count(total, 'row', 'rows');
  return true;
}

function byChange() {
  const next = new Uint32Array(about.lines + groups.length);
  let at = 0, shown = 0;
  for (const group of groups.filter(wanted)) {
    const heading = at++;
    for (let change = group.first; change < group.end; change++) {
      const first = firsts[change], end = firsts[change + 1];
      if (hits && !hits[first]) continue;
      shown++;
      next[at++] = first;
      if (foldAll !== folded.has(change)) continue;
      for (let line = first + 1; line < end; line++) if (!hits || hits[line]) next[at++] = line;
    }
    if (at === heading + 1) at--; else next[heading] = GROUP + groups.indexOf(group);
  }
  entries = next.subarray(0, at);
  $('found').textContent = shown === changes ? count(changes, 'change', 'changes')
    : shown.toLocaleString('en') + ' of ' + count(changes, 'change', 'changes');
}

const isByUser = () => $('by').value === 'user';
async function arrange(own, keep) {
  if (isByUser()) { if (!await byUser(own)) return; } else byChange();
  resize(keep);
}

// Drawing: of a long list, what is around the place that the scroll bar stands for. No browser lets an element be as
// tall as a long list: a small step of the bar is a step, a long one goes to that part of the list.
const list = $('list'), space = $('space'), pane = $('pane'), lines = $('lines');
const ROW = 22, PLAIN_MAX = 300, TALL_MAX = 8e6;
let virtual = 0, last = 0, quiet = 0, isPlain = true;
const tall = () => entries.length * ROW;
const real = () => Math.max(0, space.offsetHeight - list.clientHeight);
const most = () => Math.max(0, tall() - list.clientHeight);

function resize(keep) {
  isPlain = entries.length <= PLAIN_MAX;
  list.classList.toggle('plain', isPlain);
  if (!keep) { virtual = 0; }
  virtual = Math.min(virtual, most());
  space.style.height = isPlain ? '' : Math.min(tall(), TALL_MAX) + 'px';
  pane.style.height = isPlain ? '' : list.clientHeight + 'px';
  settle();
  if (isPlain && !keep) list.scrollTop = 0;
  draw();
}
function settle() {
  if (isPlain) return;
  last = most() ? Math.round(virtual / most() * real()) : 0;
  list.scrollTop = last;
  last = list.scrollTop;
}
list.addEventListener('scroll', () => {
  if (isPlain || list.scrollTop === last) return;
  const step = list.scrollTop - last, end = real();
  last = list.scrollTop;
  const isStep = Math.abs(step) < 2 * list.clientHeight && last > 0 && last < end && tall() > TALL_MAX;
  virtual = isStep ? Math.min(most(), Math.max(0, virtual + step)) : last / end * most();
  clearTimeout(quiet);
  quiet = setTimeout(settle, 200);
  draw();
});
new ResizeObserver(() => { if (!isPlain) resize(true); }).observe(list);

function draw() {
  const held = lines.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  let from = 0, to = entries.length, part = 0, place = 0;
  if (!isPlain) {
    part = most() ? virtual / most() : 0;
    place = part * entries.length;
    const view = Math.ceil(list.clientHeight / ROW) + 2;
    from = Math.max(0, Math.floor(place - part * view) - 1);
    to = Math.min(entries.length, Math.ceil(place + (1 - part) * view) + 1);
  }
  const all = [];
  for (let at = from; at < to; at++) all.push(entry(entries[at]));
  lines.replaceChildren(...all);
  if (!all.length) lines.append(make('p', 'faint', 'Nothing is like this.'));
  lines.style.transform = '';
  if (!isPlain && all.length) {
    const at = Math.min(Math.floor(place), entries.length - 1), row = all[at - from];
    const y = row.offsetTop + (place - at) * row.offsetHeight;
    lines.style.transform = 'translateY(' + (part * list.clientHeight - y) + 'px)';
  }
  if (held) lines.querySelector('[data-key="' + CSS.escape(held) + '"]')?.focus({ preventScroll: true });
}

function make(tag, name, text) {
  const made = document.createElement(tag);
  made.className = name;
  if (text) made.textContent = text;
  return made;
}
function entry(value) {
  if (value >= USER) return user(users[value - USER]);
  if (value >= GROUP) return headline(groups[value - GROUP]);
  const change = changeOf(value);
  return firsts[change] === value ? heading(change) : row(value, change);
}
function headline(group) {
  const made = make('div', 'l t');
  made.setAttribute('role', 'heading');
  made.setAttribute('aria-level', '3');
  const outside = group.action === 'outside' ? ', outside of Pushform' : '';
  made.append(make('span', group.class, group.count.toLocaleString('en') + ' ' + group.kind + ' ' + group.verb + outside));
  if (group.rows) made.append(' ', make('small', 'faint', group.rows));
  return made;
}
// A heading that folds what is below it.
function folder(key, rows) {
  const made = make('button', 'l h');
  made.type = 'button';
  made.dataset.key = key;
  if (rows) made.setAttribute('aria-expanded', String(foldAll === folded.has(key)));
  made.addEventListener('click', () => {
    if (folded.has(key)) folded.delete(key); else folded.add(key);
    arrange(++turn, true);
  });
  return made;
}
function heading(change) {
  const [address, basis] = text(firsts[change], firsts[change] + 1).slice(1).split('\t');
  const group = groupOf(change), rows = firsts[change + 1] - firsts[change] - 1;
  const made = folder(change, rows), words = make('span', 'w');
  words.append(make('code', group.class, address), ' ' + group.verb);
  if (basis) words.append(' ', make('i', '', basis));
  if (rows > 10) words.append(' ', make('small', 'faint', count(rows, 'line', 'lines')));
  made.append(words);
  return made;
}
function user(name) {
  const made = folder(name, 1);
  made.append(make('code', 'w', name));
  return made;
}
const SIGNS = { '*': ['-/+ ', 'remove'], '-': ['  - ', 'remove'], '~': ['  ~ ', 'change'], '+': ['  + ', 'add'], ' ': ['    ', 'keep'] };
const TONES = { '\x01': 'del', '\x02': 'ins' };
function row(line, change) {
  const plain = text(line, line + 1), [sign, name] = SIGNS[plain[0]];
  const made = make('div', 'l r ' + name);
  made.append(make('span', 's', sign));
  const tab = plain.indexOf('\t'), end = tab < 0 ? plain.length : tab, words = make('span', 'w');
  let tone = '\x03';
  for (const piece of plain.slice(1, end).split(/([\x01-\x03])/)) {
    if (piece >= '\x01' && piece <= '\x03') tone = piece;
    else if (piece) words.append(TONES[tone] ? make(TONES[tone], '', piece) : piece);
  }
  if (isByUser()) words.prepend(make('code', '', text(firsts[change], firsts[change] + 1).slice(1).split('\t', 1)[0]), '  ');
  if (tab >= 0) words.append('    ', make('i', '', plain.slice(tab + 1)));
  made.append(words);
  return made;
}

let soon = 0;
$('q').addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(search, 150); });
for (const name of ['where', 'action', 'kind']) $(name).addEventListener('change', search);
$('by').addEventListener('change', () => { folded.clear(); arrange(++turn); });
$('fold').addEventListener('click', () => {
  foldAll = !foldAll;
  folded.clear();
  $('fold').setAttribute('aria-pressed', String(foldAll));
  arrange(++turn);
});
document.addEventListener('keydown', event => {
  if (event.key !== '/' || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) return;
  event.preventDefault();
  $('q').focus();
});
// Paper has nothing to unfold.
let closed = [];
addEventListener('beforeprint', () => {
  closed = [...document.querySelectorAll('details:not([open])')];
  for (const one of closed) one.open = true;
});
addEventListener('afterprint', () => { for (const one of closed) one.open = false; });
document.body.classList.add('live');
$('tools').hidden = false;
say('');
byChange();
resize();
document.body.dataset.ready = Math.round(performance.now());
})().catch(why => {
  const state = document.getElementById('state');
  state.hidden = false;
  state.textContent = 'The other changes cannot be unpacked: ' + why.message;
});
