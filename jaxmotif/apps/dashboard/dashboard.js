const data = JSON.parse(document.getElementById('data').textContent);
const NS = 'http://www.w3.org/2000/svg', CELL = 12, PARTS = 1000;
const $ = id => document.getElementById(id);
const state = {sequence: 0, method: data.methods[0][0], networks: new Set(data.networks), held: null};
const make = (name, attributes, parent) => {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
};
const color = value => {
  const pale = Math.round(255 * (1 - Math.min(1, Math.abs(value))));
  return value < 0 ? `rgb(${pale},${pale},255)` : `rgb(255,${pale},${pale})`;
};
const row = (label, height, kind) => {
  const line = document.createElement('div');
  line.className = 'row ' + kind;
  const name = document.createElement('span');
  name.textContent = label;
  const length = data.sequences[state.sequence].letters.length;
  const svg = make('svg', {viewBox: `0 0 ${length * CELL} ${height}`, role: 'img', 'aria-label': label});
  line.append(name, svg);
  $('strips').append(line);
  return svg;
};
const heading = text => {
  const head = document.createElement('h3');
  head.textContent = text;
  $('strips').append(head);
};
const letters = shown => {
  const svg = row('sequence', 22, 'letters');
  [...shown.letters].forEach((letter, i) => {
    make('text', {x: (i + .5) * CELL, y: 16, class: 'letter ' + letter}, svg).textContent = letter;
  });
  for (const [start, end, strand, name] of shown.boxes) {
    const place = {x: start * CELL, y: 1, width: (end - start) * CELL, height: 20, rx: 3};
    const box = make('rect', {...place, class: 'box'}, svg);
    make('title', {}, box).textContent = `${name} ${strand} ${start + 1}-${end}`;
  }
};
const strip = (label, values, place) => {
  const svg = row(label, 16, 'strip');
  svg.dataset.label = label;
  values.forEach((value, i) => make('rect', {
    class: 'cell', x: i * CELL, y: 0, width: CELL + .3, height: 16, fill: color(place(value))}, svg));
};
const draw = () => {
  const shown = data.sequences[state.sequence];
  $('strips').replaceChildren();
  heading(data.methods.find(([name]) => name === state.method)[1]);
  letters(shown);
  for (const name of data.networks.filter(name => state.networks.has(name))) {
    strip(`${name}  ${shown.scores[name].toFixed(2)}`, shown.strips[state.method][name][1], v => v / PARTS);
  }
  const recurrent = Object.keys(shown.temporal).filter(name => state.networks.has(name));
  if (recurrent.length) {
    heading('Temporal output scores');
    letters(shown);
    for (const name of recurrent) {
      shown.temporal[name].forEach((values, i) =>
        strip(`${name}  ${i ? 'backward' : 'forward'}`, values, v => 2 * v / PARTS - 1));
    }
  }
  point(state.held);
};
const point = position => {
  for (const old of document.querySelectorAll('.cursor')) old.remove();
  const shown = data.sequences[state.sequence];
  if (position === null || position >= shown.letters.length) {
    $('reading').textContent = 'Hover a position, or click it to hold it.';
    return;
  }
  for (const svg of document.querySelectorAll('.row svg')) {
    make('rect', {class: 'cursor', x: position * CELL, y: .6, width: CELL,
      height: svg.viewBox.baseVal.height - 1.2}, svg);
  }
  const parts = [`position ${position + 1}: ${shown.letters[position]}`];
  for (const [start, end, strand, name] of shown.boxes) {
    if (start <= position && position < end) parts.push(`in ${name} (${strand})`);
  }
  for (const name of data.networks.filter(name => state.networks.has(name))) {
    const [largest, values] = shown.strips[state.method][name];
    parts.push(`${name} ${(values[position] / PARTS * largest).toPrecision(3)}`);
    if (shown.temporal[name]) {
      const [forward, backward] = shown.temporal[name].map(values => (values[position] / PARTS).toFixed(3));
      parts.push(`forward ${forward}, backward ${backward}`);
    }
  }
  $('reading').textContent = parts.join('   ');
};
const show = number => {
  state.sequence = (number + data.sequences.length) % data.sequences.length;
  $('pick').value = state.sequence;
  draw();
};
data.sequences.forEach((shown, i) => $('pick').append(new Option(shown.name, i)));
data.methods.forEach(([name, title]) => $('method').append(new Option(title, name)));
data.networks.forEach(name => {
  const label = document.createElement('label'), box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = true;
  box.value = name;
  box.addEventListener('change', () => {
    if (box.checked) state.networks.add(name); else state.networks.delete(name);
    draw();
  });
  label.append(box, ' ' + name);
  $('networks').append(label);
});
$('pick').addEventListener('change', event => show(Number(event.target.value)));
$('method').addEventListener('change', event => { state.method = event.target.value; draw(); });
$('previous').addEventListener('click', () => show(state.sequence - 1));
$('next').addEventListener('click', () => show(state.sequence + 1));
const at = event => {
  const svg = event.target.closest('.row svg');
  if (!svg) return null;
  const place = svg.getBoundingClientRect();
  const length = data.sequences[state.sequence].letters.length;
  return Math.max(0, Math.min(length - 1, Math.floor((event.clientX - place.left) / place.width * length)));
};
$('strips').addEventListener('mousemove', event => {
  if (state.held === null && at(event) !== null) point(at(event));
});
$('strips').addEventListener('mouseleave', () => { if (state.held === null) point(null); });
$('strips').addEventListener('click', event => {
  const position = at(event);
  state.held = position === null || position === state.held ? null : position;
  point(state.held ?? position);
});
document.addEventListener('keydown', event => {
  if (event.target.matches('select,input')) return;
  if (event.key === 'ArrowRight') show(state.sequence + 1);
  if (event.key === 'ArrowLeft') show(state.sequence - 1);
});
draw();
