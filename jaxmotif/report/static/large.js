// Drawings enlarged, and what can be saved of them; motifs to copy and to save in the formats of other programs.
(() => {
  const NS = 'http://www.w3.org/2000/svg', COLUMN = 60, HEIGHT = 240;
  const DRAWINGS = 'svg.logo, svg.histogram, svg.plot, svg.gapchart, svg.places, svg.strip';
  const FORMATS = {meme: 'MEME', jaspar: 'JASPAR', transfac: 'TRANSFAC', homer: 'HOMER', tsv: 'table (TSV)'};
  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const drawn = (tag, attributes, text = '') => {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  const button = (text, act) => {
    const made = element('button', {type: 'button'}, text);
    made.addEventListener('click', act);
    return made;
  };
  const save = (name, blob) => {
    const link = element('a', {download: name, href: URL.createObjectURL(blob)});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const fileName = text => text.split(':')[0].replace(/[^\w.+-]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 60);

  // Texts of the motifs of a table, by its anchor; read when they are first asked for.
  const tables = {};
  const textsOf = node => {
    const detail = node.closest('tbody') && node.closest('tbody').querySelector('.detail');
    if (!detail) return null;
    const cut = detail.id.lastIndexOf('-'), anchor = detail.id.slice(0, cut);
    if (!(anchor in tables)) {
      const block = document.getElementById(anchor + '-texts');
      tables[anchor] = block ? JSON.parse(block.textContent) : [];
    }
    return tables[anchor][Number(detail.id.slice(cut + 1)) - 1] || null;
  };
  const copy = async text => {
    if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
    const box = element('textarea', {class: 'unseen'});
    box.value = text;
    (dialog.open ? dialog : document.body).append(box);
    box.select();
    document.execCommand('copy');
    box.remove();
  };
  const offer = motif => {
    const choice = element('select', {'aria-label': 'Format'});
    for (const [kind, label] of Object.entries(FORMATS)) choice.append(element('option', {value: kind}, label));
    const said = element('span', {role: 'status'});
    const tell = text => {
      said.textContent = text;
      setTimeout(() => { said.textContent = ''; }, 2500);
    };
    return element('span', {class: 'offer'}, choice,
      button('Copy', () => copy(motif[choice.value]).then(() => tell('copied'), () => tell('could not copy'))),
      button('Save', () => save(fileName(motif.name) + '.' + choice.value,
        new Blob([motif[choice.value]], {type: 'text/plain'}))), said);
  };

  // What style sheets say of a drawing, written into it, so that it stands by itself; always in light colours.
  const USUAL = {fill: 'rgb(0, 0, 0)', stroke: 'none', 'stroke-width': '1px', 'stroke-dasharray': 'none',
    opacity: '1', 'font-size': '', 'font-weight': '400', 'font-family': '', 'text-anchor': 'start'};
  const standalone = svg => {
    const copied = svg.cloneNode(true), root = document.documentElement;
    const from = [svg, ...svg.querySelectorAll('*')], to = [copied, ...copied.querySelectorAll('*')];
    root.classList.add('light');
    from.forEach((node, i) => {
      const style = getComputedStyle(node), text = node.localName === 'text';
      if (!['path', 'rect', 'circle', 'text'].includes(node.localName)) return;
      for (const [name, usual] of Object.entries(USUAL)) {
        const value = style.getPropertyValue(name);
        if (value !== usual && (text || !name.startsWith('font') && name !== 'text-anchor')) {
          to[i].setAttribute(name, value);
        }
      }
    });
    root.classList.remove('light');
    const box = svg.viewBox.baseVal, scale = svg.classList.contains('strip') ? 2 / 3 : 1;
    for (const name of ['class', 'style', 'tabindex']) copied.removeAttribute(name);
    const size = {width: Math.round(box.width * scale), height: Math.round(box.height * scale)};
    for (const [name, value] of Object.entries({xmlns: NS, ...size})) copied.setAttribute(name, value);
    return {text: new XMLSerializer().serializeToString(copied), ...size};
  };
  const asPng = async ({text, width, height}) => {
    const image = new Image(), canvas = element('canvas'), scale = Math.min(3, 8000 / Math.max(width, height));
    image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(text);
    await image.decode();
    Object.assign(canvas, {width: Math.round(width * scale), height: Math.round(height * scale)});
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    return new Promise(done => canvas.toBlob(done, 'image/png'));
  };

  // A drawing by itself on a sheet of its size, which the browser prints or saves as PDF: lines stay lines.
  const print = (svg, name) => {
    const {text, width, height} = standalone(svg), sheet = new CSSStyleSheet(), before = document.title;
    const copied = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    const alone = element('div', {class: 'alone'});
    // Where style sheets of the page do not reach: what they say is written into the drawing already.
    const drawing = document.importNode(copied, true);
    drawing.style.display = 'block';  // no room for a line of text below, which would be a second sheet
    alone.attachShadow({mode: 'open'}).append(drawing);
    sheet.replaceSync('@page { size: ' + (width + 48) + 'px ' + (height + 48) + 'px; margin: 24px; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    document.documentElement.classList.add('alone');
    document.body.append(alone);
    document.title = fileName(name);  // what the file will be called
    addEventListener('afterprint', () => {
      document.title = before;
      alone.remove();
      document.documentElement.classList.remove('alone');
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter(one => one !== sheet);
    }, {once: true});
    window.print();
  };

  // A logo with bits and positions; any other drawing as it is.
  const framed = svg => {
    if (!svg.classList.contains('logo')) return svg.cloneNode(true);
    const columns = svg.viewBox.baseVal.width / COLUMN, left = 56, top = 10;
    const whole = drawn('svg', {class: 'framed', role: 'img', 'aria-label': svg.getAttribute('aria-label') || '',
      viewBox: `0 0 ${left + svg.viewBox.baseVal.width + 8} ${top + HEIGHT + 34}`});
    const inner = svg.cloneNode(true);
    const place = {x: left, y: top, width: svg.viewBox.baseVal.width, height: HEIGHT};
    for (const [name, value] of Object.entries(place)) inner.setAttribute(name, value);
    whole.append(inner, drawn('path', {class: 'axis', d: `M${left - 4} ${top}V${top + HEIGHT}`}));
    for (const bits of [0, 1, 2]) {
      const y = top + HEIGHT * (1 - bits / 2);
      whole.append(drawn('path', {class: 'axis', d: `M${left - 4} ${y}h-6`}),
        drawn('text', {x: left - 14, y: y + 6, 'text-anchor': 'end'}, String(bits)));
    }
    whole.append(drawn('text', {'text-anchor': 'middle',
      transform: `translate(16 ${top + HEIGHT / 2}) rotate(-90)`}, 'bits'));
    for (let i = 0; i < columns; i++) {
      whole.append(drawn('text', {x: left + COLUMN * (i + 0.5), y: top + HEIGHT + 26, 'text-anchor': 'middle'},
        String(i + 1)));
    }
    return whole;
  };

  const dialog = element('dialog', {class: 'large'});
  const show = svg => {
    const name = svg.getAttribute('aria-label') || 'drawing', big = framed(svg);
    const others = svg.closest('.logos') ? [...svg.closest('.logos').querySelectorAll('svg.logo')] : [];
    const other = others.find(one => one !== svg), motif = svg.closest('.logos') && textsOf(svg);
    const foot = element('p', {},
      button('Save SVG', () => save(fileName(name) + '.svg',
        new Blob([standalone(big).text], {type: 'image/svg+xml'}))),
      button('Save PNG', () => asPng(standalone(big)).then(blob => save(fileName(name) + '.png', blob))),
      button('Print or PDF', () => print(big, name)));
    if (other) foot.append(button('Other strand', () => show(other)));
    if (motif) foot.append(offer(motif));
    const close = button('Close', () => dialog.close());
    foot.append(close);
    dialog.replaceChildren(element('h3', {}, name), element('div', {class: 'whole'}, big), foot);
    if (!dialog.open) dialog.showModal();
    close.focus();
  };
  dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  const drawingOf = event => {
    const svg = event.target instanceof Element && event.target.closest(DRAWINGS);
    return svg && svg.closest('main') && !svg.closest('a, button') ? svg : null;
  };
  document.addEventListener('click', event => {
    const svg = drawingOf(event);
    if (svg) show(svg);
  });
  document.addEventListener('keydown', event => {
    const svg = event.key === 'Enter' && drawingOf(event);
    if (!svg) return;
    event.preventDefault();  // else it would press the button that gets the focus
    show(svg);
  });
  for (const svg of document.querySelectorAll('.chart svg, svg.places, svg.strip')) svg.setAttribute('tabindex', '0');
  for (const place of document.querySelectorAll('.take')) {
    const motif = textsOf(place), logo = place.closest('tbody').querySelector('.logos svg.logo');
    if (logo) place.append(button('Large logo', () => show(logo)));
    if (motif) place.append(offer(motif));
  }
})();
