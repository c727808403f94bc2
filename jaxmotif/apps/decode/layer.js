const block = document.getElementById('layer-data');
const data = block ? JSON.parse(block.textContent) : {neurons: []};
const NS = 'http://www.w3.org/2000/svg', COLUMN = 60, HEIGHT = 240, BITS = 2;
const LETTERS = data.letters, fields = ['label', 'nsites', 'maximum', 'consensus', 'drawn', 'shift', 'ppm'];
const asLeaf = values => Object.fromEntries(fields.map((field, i) => [field, values[i]]));
for (const neuron of data.neurons) neuron.leaves = neuron.leaves.map(asLeaf);
const make = (tag, css, text, parent) => {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.textContent = text;
  parent.append(element);
  return element;
};
const number = value => value === null ? '' : String(Number(value.toPrecision(3))).replace('-', '\u2212');
const unpack = text => {
  const bytes = atob(text), rows = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const parts = [0, 1, 2].map(k => bytes.charCodeAt(i + k));
    rows.push([...parts, 255 - parts[0] - parts[1] - parts[2]].map(part => part / 255));
  }
  return rows;
};
// A letter in the box (left, top, COLUMN, height), as motifs/logo.py draws it.
const glyph = (letter, left, top, height) => data.outlines[letter].map(([command, numbers]) => command
  + numbers.map((v, i) => Math.round(i % 2 ? top + v * height / 100 : left + v * COLUMN / 100)).join(' '))
  .join('');
const set = (element, attributes) => {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
};
const logo = (rows, columns, offset, title) => {
  const svg = document.createElementNS(NS, 'svg');
  set(svg, {class: 'logo', role: 'img', 'aria-label': title, preserveAspectRatio: 'none',
    width: 12 * columns, height: 44, viewBox: `0 0 ${COLUMN * columns} ${HEIGHT}`});
  const paths = Object.fromEntries([...LETTERS].map(letter => [letter, '']));
  rows.forEach((row, i) => {
    const bits = BITS + row.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
    let top = HEIGHT;
    [0, 1, 2, 3].sort((a, b) => row[a] - row[b]).forEach(k => {
      const height = row[k] * bits / BITS * HEIGHT;
      top -= height;
      if (height < .5) return;
      paths[LETTERS[k]] += glyph(LETTERS[k], COLUMN * (i + offset), top, height);
    });
  });
  const add = (css, attributes) => {
    const path = document.createElementNS(NS, 'path');
    set(path, {class: css, ...attributes});
    svg.append(path);
  };
  add('base', {fill: 'none', 'stroke-width': 5, d: `M${COLUMN * offset} ${HEIGHT}h${COLUMN * rows.length}`});
  for (const [letter, d] of Object.entries(paths)) if (d) add(letter, {d});
  return svg;
};
const ruler = (place, first, columns) => {
  const step = [1, 2, 5, 10, 20, 50, 100, 200].find(step => columns / step <= 14) || 500;
  for (let i = 0; i < columns; i++) {
    const position = first + i + 1;
    if (position !== 1 && position % step) continue;
    if (position !== 1 && Math.abs(position - 1) < step / 2) continue;
    const mark = make('span', '', String(position).replace('-', '\u2212'), place);
    mark.style.left = (i + .5) / columns * 100 + '%';
  }
};
const drawLead = place => {
  const neuron = data.neurons[place.dataset.lead], [leaf, start, end] = neuron.lead;
  const {label, ppm} = neuron.leaves[leaf];
  const title = `neuron ${neuron.channel}, leaf ${label || '0'}, positions ${start + 1} to ${end}`;
  place.append(logo(unpack(ppm).slice(start, end), end - start, 0, title));
};
const drawLeaves = place => {
  const neuron = data.neurons[place.dataset.leaves];
  const leaves = neuron.leaves.map(leaf => ({...leaf, rows: unpack(leaf.ppm)}));
  const first = Math.min(...leaves.map(leaf => leaf.shift));
  const columns = Math.max(...leaves.map(leaf => leaf.shift + leaf.rows.length)) - first;
  for (const head of ['leaf', 'sequences', 'largest', 'consensus', 'drawn', '']) {
    make('span', 'head', head, place);
  }
  for (const leaf of leaves) {
    const share = leaf.consensus / leaf.maximum;
    make('span', 'label', leaf.label || '\u2013', place);
    make('span', leaf.nsites < data.fewest ? 'few' : '', Math.round(leaf.nsites).toLocaleString('en'), place);
    make('span', '', number(leaf.maximum), place);
    make('span', leaf.maximum > 0 && share < data.consistent ? 'off' : '', number(leaf.consensus), place);
    make('span', '', number(leaf.drawn), place);
    const title = `neuron ${neuron.channel}, leaf ${leaf.label}, moved by ${leaf.shift}`;
    make('div', 'canvas', '', place).append(logo(leaf.rows, columns, leaf.shift - first, title));
  }
  for (let i = 0; i < 5; i++) make('span', '', '', place);
  ruler(make('div', 'ruler', '', place), first, columns);
  for (const [method, nsites, match, shift, ppm] of neuron.others) {
    const name = make('div', 'other', '', place), count = nsites.toLocaleString('en');
    make('b', '', method, name);
    make('small', '', ppm || !nsites ? `${count} windows` : `${count} sequences, leaves above`, name);
    make('span', match ? '' : 'none', match ? `${match[0]}: p ${match[1]}, q ${match[2]}` : 'no known motif', name);
    const canvas = make('div', ppm ? 'canvas' : 'canvas none', ppm || nsites ? '' : 'no activation', place);
    if (ppm) canvas.append(logo(unpack(ppm), columns, shift - first, `neuron ${neuron.channel}, ${method}`));
  }
};
const seen = new IntersectionObserver(entries => {
  for (const {target, isIntersecting} of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    if (target.dataset.lead) drawLead(target); else drawLeaves(target);
  }
}, {rootMargin: '300px'});
for (const place of document.querySelectorAll('[data-lead],[data-leaves]')) seen.observe(place);
const openNeuron = channel => {
  const item = document.getElementById('neuron-' + channel);
  if (!item) return;
  item.hidden = false;
  if (!item.classList.contains('open')) item.querySelector('.more').click();
  for (const old of document.querySelectorAll('.pointed')) old.classList.remove('pointed');
  item.classList.add('pointed');
  item.scrollIntoView({block: 'start'});
};
addEventListener('click', event => {
  const link = event.target.closest('.in-neurons a, .unit a');
  if (!link) return;
  event.preventDefault();
  openNeuron(link.hash.slice('#neuron-'.length));
});
const plot = document.querySelector('.plot.diagnosis');
if (plot) {
  const [left, top, width, height] = plot.dataset.box.split(' ').map(Number);
  const [x1, y0, y1] = ['x1', 'y0', 'y1'].map(name => Number(plot.dataset[name]));
  const points = data.neurons.flatMap(neuron => neuron.leaves.map(leaf => ({neuron, leaf,
    x: left + leaf.maximum / x1 * width, y: top + (y1 - leaf.consensus) / (y1 - y0) * height})));
  const cursor = plot.querySelector('.cursor');
  const nearest = event => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plot.getScreenCTM().inverse());
    let best = null, least = 15 ** 2;
    for (const point of points) {
      const distance = (point.x - at.x) ** 2 + (point.y - at.y) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  };
  plot.addEventListener('mousemove', event => {
    const point = nearest(event);
    cursor.setAttribute('visibility', point ? 'visible' : 'hidden');
    if (!point) return;
    cursor.setAttribute('cx', point.x);
    cursor.setAttribute('cy', point.y);
    const {label, nsites, maximum, consensus, drawn} = point.leaf;
    document.getElementById('point').textContent = `neuron ${point.neuron.channel}, leaf ${label || '\u2013'}: `
      + `largest ${number(maximum)}, consensus ${number(consensus)}, drawn from the motif ${number(drawn)}, `
      + `${Math.round(nsites).toLocaleString('en')} sequences`;
  });
  plot.addEventListener('click', event => {
    const point = nearest(event);
    if (point) openNeuron(point.neuron.channel);
  });
}
