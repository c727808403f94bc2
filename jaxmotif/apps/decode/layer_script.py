"""Style and script of a decoded layer's page: logos are drawn when they come into view."""

STYLE = """
.tools select{font:inherit;font-size:14px;color:inherit;background:var(--card);border:1px solid var(--line);
border-radius:8px;padding:5px 8px;margin-left:6px}
.diagnosis-row{display:grid;grid-template-columns:minmax(320px,560px) minmax(260px,1fr);gap:20px 34px}
.diagnosis-row figure{margin:0}.diagnosis-row .facts{grid-template-columns:1fr;margin:0 0 14px}
.diagnosis-row .lead{font-size:13.5px;margin-top:14px}
@media (max-width:820px){.diagnosis-row{grid-template-columns:1fr}}
.region{stroke:none;opacity:.15}.region.near{fill:var(--muted)}.region.negative{fill:var(--T)}
.region.deviating{fill:var(--G)}.plot .region-name{font-size:11px;fill:var(--text);
paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
.dots-many,.dots-few{fill:none;stroke-width:4.6;stroke-linecap:round;opacity:.55}
.dots-many{stroke:var(--s0)}.dots-few{stroke:var(--T)}
.legend .many{color:var(--s0)}.legend .few{color:var(--T)}
.plot.diagnosis{cursor:crosshair}.plot.diagnosis .cursor{fill:none;stroke:var(--text);stroke-width:1.6}
#point{background:var(--soft);border-radius:8px;padding:7px 12px;min-height:62px;font-variant-numeric:tabular-nums}
.neurons .name{min-width:84px;max-width:110px}.neurons tbody{scroll-margin-top:40px}
.badge{font-weight:600;font-size:12.5px;border-radius:99px;padding:1px 9px;background:var(--soft);
color:var(--muted);white-space:nowrap}
.badge.dead{color:var(--card);background:var(--muted)}
.badge.mixture{color:var(--warn);background:var(--warn-soft)}
.badge.novel{color:var(--accent);background:var(--accent-soft)}
.samples small{display:block;color:var(--muted)}
.neurons .bar{min-width:52px;max-width:76px}
.lead-logo{width:290px}.lead-logo>div{height:44px}
.lead-logo .logo{max-width:280px;height:44px}
.known ul{list-style:none;margin:0;padding:0}.known li{display:flex;justify-content:space-between;gap:12px;
font-size:13.5px;max-width:260px}
.known li:first-child span{font-weight:600}.known small,.known .none{color:var(--muted)}
.known.all{max-height:200px;overflow:auto}.in-neurons{max-width:200px}
.words .hits ul{max-width:340px}
.neurons .detail h4{margin:14px 0 6px}.remark{color:var(--warn)}
.leaves{display:grid;grid-template-columns:repeat(5,max-content) minmax(240px,1fr);column-gap:16px;
align-content:start;font-size:13px;font-variant-numeric:tabular-nums}
.leaves>*{align-self:center;text-align:right;white-space:nowrap}
.leaves>.head{color:var(--muted);font-size:12px;height:20px}
.leaves>.label{font-weight:650;text-align:left}.leaves>.few{color:var(--T)}
.leaves>.off{color:var(--warn);font-weight:600}
.leaves .canvas{width:100%;text-align:left;height:46px}.leaves .canvas .logo{width:100%;height:44px}
.leaves .ruler{position:relative;height:20px;color:var(--muted);font-size:11px}
.leaves .ruler span{position:absolute;transform:translateX(-50%)}
.leaves .ruler span::before{content:"";display:block;width:1px;height:4px;margin:0 auto;background:var(--muted)}
figure.syntax{margin:0 0 14px}.syntax code{font-size:13px;white-space:pre-wrap}
figure.syntax>svg{max-width:100%;height:auto}
.best code{overflow-wrap:anywhere;font-size:12.5px}
.pointed>tr:first-child>*{background:var(--accent-soft)}
"""

SCRIPT = """
const data = JSON.parse((document.getElementById('layer-data') || {textContent: '{"neurons":[]}'}).textContent);
const NS = 'http://www.w3.org/2000/svg', COLUMN = 60, HEIGHT = 240, BITS = 2;
const LETTERS = 'ACGT', fields = ['label', 'nsites', 'maximum', 'consensus', 'drawn', 'shift', 'ppm'];
const asLeaf = values => Object.fromEntries(fields.map((field, i) => [field, values[i]]));
for (const neuron of data.neurons) neuron.leaves = neuron.leaves.map(asLeaf);
const make = (tag, css, text, parent) => {
  const element = document.createElement(tag);
  if (css) element.className = css;
  element.textContent = text;
  parent.append(element);
  return element;
};
const number = value => value === null ? '' : String(Number(value.toPrecision(3))).replace('-', '\\u2212');
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
const set = (element, attributes) => Object.entries(attributes).forEach(([k, v]) => element.setAttribute(k, v));
const logo = (rows, columns, offset, title) => {
  const svg = document.createElementNS(NS, 'svg');
  set(svg, {class: 'logo', role: 'img', 'aria-label': title, preserveAspectRatio: 'none',
    width: 12 * columns, height: 44, viewBox: `0 0 ${COLUMN * columns} ${HEIGHT}`});
  const paths = {A: '', C: '', G: '', T: ''};
  rows.forEach((row, i) => {
    const bits = BITS + row.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
    let top = HEIGHT;
    [0, 1, 2, 3].sort((a, b) => row[a] - row[b]).forEach(k => {
      const height = row[k] * bits / BITS * HEIGHT;
      if (height < .5) return;
      top -= height;
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
    make('span', '', String(position).replace('-', '\\u2212'), place).style.left = (i + .5) / columns * 100 + '%';
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
  for (const head of ['leaf', 'sequences', 'largest', 'consensus', 'drawn', '']) make('span', 'head', head, place);
  for (const leaf of leaves) {
    const share = leaf.consensus / leaf.maximum;
    make('span', 'label', leaf.label || '\\u2013', place);
    make('span', leaf.nsites < data.fewest ? 'few' : '', Math.round(leaf.nsites).toLocaleString('en'), place);
    make('span', '', number(leaf.maximum), place);
    make('span', leaf.maximum > 0 && share < data.consistent ? 'off' : '', number(leaf.consensus), place);
    make('span', '', number(leaf.drawn), place);
    const title = `neuron ${neuron.channel}, leaf ${leaf.label}, moved by ${leaf.shift}`;
    make('div', 'canvas', '', place).append(logo(leaf.rows, columns, leaf.shift - first, title));
  }
  for (let i = 0; i < 5; i++) make('span', '', '', place);
  ruler(make('div', 'ruler', '', place), first, columns);
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
  const link = event.target.closest('.in-neurons a');
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
    document.getElementById('point').textContent = `neuron ${point.neuron.channel}, leaf ${label || '\\u2013'}: `
      + `largest ${number(maximum)}, consensus ${number(consensus)}, drawn from the motif ${number(drawn)}, `
      + `${Math.round(nsites).toLocaleString('en')} sequences`;
  });
  plot.addEventListener('click', event => {
    const point = nearest(event);
    if (point) openNeuron(point.neuron.channel);
  });
}
"""
