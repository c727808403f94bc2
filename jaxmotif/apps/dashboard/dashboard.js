// Chooses what is drawn: sequence, method, networks and their members; reads out the position under the pointer.
const $ = id => document.getElementById(id);
const state = {sequence: 0, list: data.sequences.map((_, i) => i), method: data.methods[0].name,
  networks: new Set(data.networks.map(one => one.name)), opened: new Set(), held: null};
const svg = make('svg', {}, $('drawing'));
let lines = [];
const shownNow = () => data.sequences[state.sequence];
const targetNow = () => (rowsNow()[0] || data.networks[0]).target;
// What the table says of a target: labels and classes are 1 or 0.
const knownOf = (shown, target) => !(target in shown.known) ? 'unknown'
  : data.probability ? (shown.known[target] ? 'yes' : 'no') : digits(shown.known[target], 3);
const labelOf = shown => {
  if (data.known) return `${targetNow()} known: ${knownOf(shown, targetNow())}`;
  return shown.positive === null ? '' : shown.positive ? 'positive' : 'negative';
};
const rowsNow = () => data.networks.filter(one => state.networks.has(one.name)).flatMap(one => [
  {name: one.name, label: one.name, network: one.name, target: one.target, member: false},
  ...(state.opened.has(one.name) ? one.members : []).map((name, i) => ({
    name, label: `member ${i + 1} of ${one.name}`, network: one.name, target: one.target, member: true})),
]);
const hint = 'Hover or tap a letter for its numbers; a click holds it.';

const draw = () => {
  const shown = shownNow(), method = data.methods.find(one => one.name === state.method), rows = rowsNow();
  const targets = [...new Set(rows.map(row => row.target))].join(', ');
  const title = [shown.name, labelOf(shown), `${method.title}, ${targets}`].filter(Boolean);
  lines = drawSequence(svg, shown, rows, {
    width: Math.max(Math.floor($('drawing').clientWidth), 240), method: state.method, title,
    cells: $('view').value === 'cells', together: $('scale').checked});
  $('meaning').textContent = method.meaning;
  point(state.held);
};
const cell = (tag, text, parent) => {
  const element = document.createElement(tag);
  element.textContent = text;
  parent.append(element);
};
// The table of numbers: a line for each row, a column for each method.
const table = (shown, position) => {
  const found = document.createElement('table'), head = found.createTHead().insertRow();
  const temporal = rowsNow().some(row => !row.member && shown.temporal[row.name]);
  const ways = temporal ? ['forward', 'backward'] : [];
  const known = data.known ? ['known'] : [];
  for (const text of ['', 'answer', ...known, ...data.methods.map(one => one.title), ...ways]) cell('th', text, head);
  const body = found.createTBody();
  for (const row of rowsNow()) {
    const line = body.insertRow(), parts = shown.temporal[row.name] || [];
    cell('th', row.label, line);
    cell('td', digits(shown.scores[row.name], 3), line);
    if (data.known) cell('td', knownOf(shown, row.target), line);
    for (const {name} of data.methods) {
      cell('td', valuesOf(shown, name, row.name)[position].toPrecision(3).replace('-', '\u2212'), line);
    }
    for (const [i] of ways.entries()) {
      cell('td', parts[i] ? ((unpack(parts[i])[position] + 1) / 2).toFixed(3) : '', line);
    }
  }
  return found;
};
const point = position => {
  for (const old of svg.querySelectorAll('.cursor')) old.remove();
  const shown = shownNow(), said = $('reading').firstElementChild;
  for (const old of $('reading').querySelectorAll('table')) old.remove();
  if (position === null || position >= shown.letters.length) {
    said.textContent = hint;
    return;
  }
  const line = lines.find(one => position < one.first + one.count);
  make('rect', {class: 'cursor', x: LEFT + (position - line.first) * line.cell, y: line.letters, width: line.cell,
    height: line.bottom - line.letters}, svg);
  const parts = [`position ${position + 1}: ${shown.letters[position]}`];
  if (shown.place) parts.push(genome(shown, position));
  for (const [start, end, strand, motif] of shown.boxes) {
    if (start <= position && position < end) parts.push(`in ${data.motifs[motif]} (${strand})`);
  }
  said.textContent = parts.join(', ');
  $('reading').append(table(shown, position));
};

const show = index => {
  state.sequence = index;
  $('pick').value = index;
  draw();
};
const step = by => {
  if (!state.list.length) return;
  const at = state.list.indexOf(state.sequence);
  show(state.list[at < 0 ? 0 : (at + by + state.list.length) % state.list.length]);
};
// By the first network that is shown.
const scoreOf = shown => shown.scores[(rowsNow()[0] || data.networks[0]).name];
// What is known of the first network's target; sequences of which it is unknown come last in any order.
const knownNow = (shown, otherwise) => shown.known[targetNow()] ?? otherwise;
const ORDERS = {
  strongest: shown => -scoreOf(shown),
  weakest: shown => scoreOf(shown),
  wrongest: shown => -Math.abs((data.known ? knownNow(shown, scoreOf(shown)) : Number(shown.positive))
    - scoreOf(shown)),
  most: shown => -knownNow(shown, -Infinity),
  least: shown => knownNow(shown, Infinity),
};
const list = jump => {
  const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const label = $('label') ? $('label').value : '', order = ORDERS[$('order').value];
  state.list = data.sequences.map((_, i) => i).filter(i => {
    const shown = data.sequences[i], name = shown.name.toLowerCase();
    return words.every(word => name.includes(word)) && (!label || String(shown.positive) === label);
  });
  if (order) {
    const keys = new Map(state.list.map(i => [i, order(data.sequences[i])]));
    state.list.sort((a, b) => keys.get(a) - keys.get(b) || a - b);
  }
  $('pick').replaceChildren(...state.list.map(i => {
    const shown = data.sequences[i];
    return new Option([digits(scoreOf(shown), 2), labelOf(shown), shown.name].filter(Boolean).join('  '), i);
  }));
  $('count').textContent = `${state.list.length} of ${data.sequences.length} sequences`;
  if (state.list.length && (jump || !state.list.includes(state.sequence))) show(state.list[0]);
  else $('pick').value = state.sequence;
};

data.methods.forEach(one => $('method').append(new Option(one.title, one.name)));
data.networks.forEach(one => {
  const line = document.createElement('span'), label = document.createElement('label');
  const box = document.createElement('input');
  Object.assign(box, {type: 'checkbox', checked: true, value: one.name});
  box.addEventListener('change', () => {
    if (box.checked) state.networks.add(one.name); else state.networks.delete(one.name);
    list(false);
    draw();
  });
  label.append(box, ` ${one.name}`);
  line.append(label);
  if (one.members.length) {
    const open = document.createElement('button');
    open.type = 'button';
    open.className = 'open';
    const say = () => {
      const is = state.opened.has(one.name);
      open.textContent = is ? 'close members' : `open its ${one.members.length} members`;
      open.setAttribute('aria-expanded', is);
    };
    open.addEventListener('click', () => {
      if (!state.opened.delete(one.name)) state.opened.add(one.name);
      say();
      draw();
    });
    say();
    line.append(open);
  }
  $('networks').append(line);
});
$('pick').addEventListener('change', event => show(Number(event.target.value)));
$('method').addEventListener('change', event => { state.method = event.target.value; draw(); });
for (const id of ['view', 'scale']) $(id).addEventListener('change', draw);
$('search').addEventListener('input', () => list(false));
if ($('label')) $('label').addEventListener('change', () => list(true));
$('order').addEventListener('change', () => list(true));
$('previous').addEventListener('click', () => step(-1));
$('next').addEventListener('click', () => step(1));
const at = event => {
  const place = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / place.width;
  const x = (event.clientX - place.left) * scale, y = (event.clientY - place.top) * scale;
  const line = lines.find(one => y >= one.top && y <= one.bottom);
  if (!line) return null;
  const i = Math.floor((x - LEFT) / line.cell);
  return i < 0 || i >= line.count ? null : line.first + i;
};
svg.addEventListener('mousemove', event => {
  if (state.held === null && at(event) !== null) point(at(event));
});
svg.addEventListener('mouseleave', () => { if (state.held === null) point(null); });
svg.addEventListener('click', event => {
  const position = at(event);
  state.held = position === null || position === state.held ? null : position;
  point(state.held ?? position);
});
document.addEventListener('keydown', event => {
  if (event.target.matches('select,input')) return;
  if (event.key === 'ArrowRight') step(1);
  if (event.key === 'ArrowLeft') step(-1);
});
$('download').addEventListener('click', () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([svgFile(svg)], {type: 'image/svg+xml'}));
  link.download = `${shownNow().name.slice(0, 80).replace(/[^\w.-]+/g, '_')}-${state.method}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
$('copy').addEventListener('click', () => {
  const text = $('text');
  getSelection().selectAllChildren(text);
  if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).catch(() => {});
});
let drawnWidth = 0;
new ResizeObserver(() => {
  const width = $('drawing').clientWidth;
  if (width && width !== drawnWidth) {
    drawnWidth = width;
    draw();
  }
}).observe($('drawing'));
list(false);
draw();
