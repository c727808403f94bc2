// Draws one sequence as an SVG: lines of letters, above them boxes, below them a logo or cells for each row.
const data = JSON.parse(document.getElementById('data').textContent);
const NS = 'http://www.w3.org/2000/svg', PARTS = 2047;
// Pixels: margins, least and largest width of a letter, and heights of what a line has.
const LEFT = 46, RIGHT = 8, LEAST = 11, MOST = 18;
const RULER = 15, LANE = 13, LETTERS = 18, LOGO = 64, CELLS = 14, NAME = 14;
const COLORS = {A: '#109648', C: '#255c99', G: '#e09000', T: '#d62839', U: '#d62839', N: '#6b7280'};
const SPACE = ' \u00b7 ';
// What the file of a drawing needs of the style sheet.
const STYLE = `text{font:11px Helvetica,Arial,sans-serif;fill:#566173}.name{fill:#1a2230;font-weight:600}
.title{font-size:13px;fill:#1a2230;font-weight:600}.letter{font:700 12px monospace}
${Object.entries(COLORS).map(([letter, color]) => `.${letter}{fill:${color}}`).join('')}
.axis{stroke:#566173;stroke-width:.7;fill:none}.box{fill:#e0559b;fill-opacity:.1;stroke:#e0559b}
.box.database{fill:none;stroke:#566173;stroke-dasharray:3 2}.boxname{fill:#b3266f}.boxname.database{fill:#566173}`;
const places = Object.fromEntries([...data.code].map((letter, i) => [letter, i]));
const unpacked = new Map();
const unpack = ([largest, text]) => {
  if (!unpacked.has(text)) {
    const values = new Float64Array(text.length / 2);
    for (let i = 0; i < values.length; i++) {
      values[i] = (places[text[2 * i]] * 64 + places[text[2 * i + 1]] - PARTS - 1) / PARTS;
    }
    unpacked.set(text, values);
  }
  return unpacked.get(text).map(value => value * largest);
};
const valuesOf = (shown, method, row) => unpack(shown.strips[method][row]);
const make = (name, attributes, parent, text) => {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
};
const color = value => {
  const pale = Math.round(255 * (1 - Math.min(1, Math.abs(value))));
  return value < 0 ? `rgb(${pale},${pale},255)` : `rgb(255,${pale},${pale})`;
};
const number = value => (Math.abs(value) < 1e-3 ? value.toExponential(0)
  : String(Number(value.toPrecision(2)))).replaceAll('-', '\u2212');
// What a network says, or a table: with so many decimals, or digits where it is no probability.
const digits = (value, decimals) => data.probability ? value.toFixed(decimals)
  : String(Number(value.toPrecision(decimals + 1))).replace('-', '\u2212');
const thousands = value => value.toLocaleString('en');
// Where a letter, from 0, lies on its chromosome, counted from 1 as genome browsers do.
const genome = (shown, i) => {
  if (!shown.place) return '';
  const [chrom, start, reverse] = shown.place;
  return `${chrom}:${thousands(start + 1 + (reverse ? shown.letters.length - 1 - i : i))}`;
};
// The outline of a letter in a box; with a negative height it stands on its head.
const outline = (letter, x, y, width, height) => data.outlines[letter].map(([command, points]) => command
  + points.map((p, i) => (i % 2 ? y + p * height / 100 : x + p * width / 100).toFixed(1)).join(' ')).join('');

// Puts the sites that reach into [first, last) on lanes so that neither boxes nor their names overlap.
const lanesOf = (shown, first, last, cell) => {
  const ends = [];
  return shown.boxes.filter(([start, end]) => start < last && end > first).map(box => {
    const from = Math.max(box[0], first), wide = 6.3 * (data.motifs[box[3]].length + 2) / cell;
    let lane = ends.findIndex(end => end <= from);
    if (lane < 0) lane = ends.push(0) - 1;
    ends[lane] = Math.max(Math.min(box[1], last), from + wide);
    return {box, lane};
  });
};

// Smallest and largest value of every row: of its own network, or of all.
const scalesOf = (shown, rows, method, together) => {
  const ends = new Map();
  for (const row of rows) {
    const values = valuesOf(shown, method, row.name), key = together ? '' : row.network;
    const [low, high] = ends.get(key) || [0, 0];
    ends.set(key, [Math.min(low, ...values), Math.max(high, ...values)]);
  }
  return row => ends.get(together ? '' : row.network);
};

// Position numbers every ten letters; genome coordinates end at the right, where no number then stands.
const drawRuler = (svg, line, shown) => {
  const last = line.first + line.count - 1;
  const place = shown.place ? `${genome(shown, line.first)}\u2013${genome(shown, last).split(':').pop()}` : '';
  const end = line.right - 6.6 * place.length - 12;
  for (let i = line.first; i <= last; i += 10) {
    const x = LEFT + (i - line.first + .5) * line.cell;
    if (i === line.first || x < end) {
      make('text', {x, y: line.top + 11, 'text-anchor': 'middle', class: 'position'}, svg, i + 1);
    }
  }
  if (place) make('text', {x: line.right, y: line.top + 11, 'text-anchor': 'end', class: 'position'}, svg, place);
};
const drawBoxes = (svg, line, laned) => {
  for (const {box: [start, end, strand, motif, found], lane} of laned) {
    const from = Math.max(start, line.first), to = Math.min(end, line.first + line.count);
    const kind = found ? '' : ' database', x = LEFT + (from - line.first) * line.cell;
    const name = data.motifs[motif];
    const place = {x, y: line.letters, width: (to - from) * line.cell, height: line.bottom - line.letters, rx: 3};
    const rect = make('rect', {...place, class: 'box' + kind}, svg);
    make('title', {}, rect, `${name} ${strand} ${start + 1}-${end}`);
    // A name that would leave the drawing ends at its edge.
    const late = x + 6.3 * (name.length + 2) > line.right;
    make('text', {x: late ? line.right : x, y: line.lanes + (lane + 1) * LANE - 3, class: 'boxname' + kind,
      'text-anchor': late ? 'end' : 'start'}, svg, `${name} ${strand === '-' ? '\u2190' : '\u2192'}`);
  }
};
const drawLogo = (svg, line, shown, values, [low, high], top) => {
  const unit = LOGO / ((high - low) || 1), zero = top + high * unit, paths = {};
  for (let i = line.first; i < line.first + line.count; i++) {
    const letter = shown.letters[i], height = values[i] * unit;
    if (Math.abs(height) < .15 || !data.outlines[letter]) continue;
    paths[letter] = (paths[letter] || '')
      + outline(letter, LEFT + (i - line.first) * line.cell, zero - height, line.cell, height);
  }
  const end = LEFT + line.count * line.cell;
  make('path', {class: 'axis', d: `M${LEFT} ${zero.toFixed(1)}H${end}M${LEFT} ${top}v${LOGO}`}, svg);
  for (const [letter, d] of Object.entries(paths)) make('path', {d, class: letter}, svg);
  const text = {x: LEFT - 5, 'text-anchor': 'end', class: 'tick'};
  make('text', {...text, y: zero + 4}, svg, '0');
  if (high * unit > 14) make('text', {...text, y: top + 8}, svg, `+${number(high)}`);
  if (-low * unit > 14) make('text', {...text, y: top + LOGO}, svg, number(low));
};
const drawCells = (svg, line, values, largest, top) => {
  for (let i = line.first; i < line.first + line.count; i++) {
    make('rect', {class: 'cell', x: (LEFT + (i - line.first) * line.cell).toFixed(1), y: top,
      width: (line.cell + .3).toFixed(1), height: CELLS, fill: color(values[i] / (largest || 1))}, svg);
  }
};

// Draws into `svg`, and returns the lines: {first, count, cell, top, bottom}.
const drawSequence = (svg, shown, rows, options) => {
  svg.replaceChildren();
  const {width, method, cells, together, title} = options, length = shown.letters.length;
  const room = width - LEFT - RIGHT, fit = Math.max(10, Math.floor(room / LEAST / 10) * 10);
  const perLine = Math.min(length, fit), cell = Math.min(MOST, room / perLine);
  const scale = scalesOf(shown, rows, method, together), lines = [];
  const strips = rows.filter(row => !row.member && shown.temporal[row.name])
    .flatMap(row => ['forward', 'backward'].map((way, i) => ({row, way, values: unpack(shown.temporal[row.name][i])})));
  // On a narrow screen each part of the title has a line of its own.
  const titles = 7.5 * title.join(SPACE).length < width ? [title.join(SPACE)] : title;
  titles.forEach((text, i) => make('text', {x: 0, y: 14 + 17 * i, class: 'title'}, svg, text));
  let y = 7 + 17 * titles.length;
  for (let first = 0; first < length; first += perLine) {
    const count = Math.min(perLine, length - first);
    const laned = lanesOf(shown, first, first + count, cell);
    const line = {first, count, cell, top: y, lanes: y + RULER, right: width - 1};
    line.letters = line.lanes + LANE * Math.max(0, ...laned.map(({lane}) => lane + 1)) + 1;
    line.bottom = line.letters + LETTERS + rows.length * (NAME + (cells ? CELLS : LOGO) + 2)
      + strips.length * (NAME + CELLS);
    drawRuler(svg, line, shown);
    drawBoxes(svg, line, laned);
    for (let i = first; i < first + count; i++) {
      make('text', {x: (LEFT + (i - first + .5) * cell).toFixed(1), y: line.letters + 13, 'text-anchor': 'middle',
        class: 'letter ' + shown.letters[i]}, svg, shown.letters[i]);
    }
    y = line.letters + LETTERS;
    for (const row of rows) {
      const values = valuesOf(shown, method, row.name), [low, high] = scale(row);
      make('text', {x: LEFT, y: y + 11, class: 'name'}, svg, `${row.label}  ${digits(shown.scores[row.name], 2)}`);
      if (cells) drawCells(svg, line, values, Math.max(high, -low), y + NAME);
      else drawLogo(svg, line, shown, values, [low, high], y + NAME);
      y += NAME + (cells ? CELLS : LOGO) + 2;
    }
    for (const {row, way, values} of strips) {
      make('text', {x: LEFT, y: y + 11, class: 'name'}, svg, `${row.label}  parts of the sequence, ${way}`);
      drawCells(svg, line, values, 1, y + NAME);
      y += NAME + CELLS;
    }
    lines.push(line);
    y = line.bottom + 16;
  }
  const own = {viewBox: `0 0 ${width} ${y}`, role: 'img', 'aria-label': title.join(SPACE)};
  for (const [key, value] of Object.entries(own)) svg.setAttribute(key, value);
  return lines;
};

// The drawing as a file of its own.
const svgFile = svg => {
  const copy = svg.cloneNode(true), [, , width, height] = svg.getAttribute('viewBox').split(' ');
  for (const cursor of copy.querySelectorAll('.cursor')) cursor.remove();
  for (const [key, value] of Object.entries({xmlns: NS, width, height})) copy.setAttribute(key, value);
  copy.prepend(make('style', {}, null, STYLE));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`;
};
