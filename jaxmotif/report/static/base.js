document.documentElement.classList.add('js');
for (const table of document.querySelectorAll('table.sortable')) {
  const heads = [...table.tHead.rows[0].cells];
  const items = [...table.tBodies];
  const value = (item, i, kind) => {
    const v = item.rows[0].cells[i].dataset.v;
    return v === undefined ? null : kind === 'number' ? Number(v) : v;
  };
  heads.forEach((head, i) => {
    const kind = head.dataset.sort;
    if (!kind) return;
    head.querySelector('button').addEventListener('click', () => {
      const order = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
      for (const h of heads.filter(h => h.dataset.sort)) {
        h.setAttribute('aria-sort', h === head ? order : 'none');
      }
      const sign = order === 'ascending' ? 1 : -1;
      const keyed = items.map((item, rank) => [value(item, i, kind), rank, item]);
      // Empty cells come last either way; equal ones keep their first order.
      keyed.sort(([a, x], [b, y]) => a === null || b === null
        ? (a === null) - (b === null) || x - y
        : sign * (kind === 'number' ? a - b : a.localeCompare(b, 'en', {numeric: true})) || x - y);
      table.append(...keyed.map(k => k[2]));
    });
  });
}
for (const tools of document.querySelectorAll('.tools')) {
  tools.hidden = false;
  const section = tools.parentElement;
  const items = [...section.querySelectorAll('table.motifs > tbody')];
  const texts = items.map(item => item.rows[0].textContent.toLowerCase());
  const count = tools.querySelector('.count'), all = count.textContent;
  const box = tools.querySelector('.filter'), kind = tools.querySelector('.kind');
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    items.forEach((item, i) => {
      const kinds = (item.dataset.kinds || '').split(' ');
      item.hidden = !(words.every(word => texts[i].includes(word))
        && (!kind || !kind.value || kinds.includes(kind.value)));
      shown += !item.hidden;
    });
    count.textContent = shown === items.length ? all : shown + ' of ' + all;
  };
  box.addEventListener('input', filter);
  if (kind) kind.addEventListener('change', filter);
  const toggle = (item, open) => {
    item.classList.toggle('open', open);
    const button = item.querySelector('.more');
    button.setAttribute('aria-expanded', open);
    button.textContent = open ? 'Less' : 'Details';
  };
  for (const item of items) {
    const button = item.querySelector('.more');
    button.addEventListener('click', () => toggle(item, !item.classList.contains('open')));
  }
  const expand = tools.querySelector('.expand');
  expand.addEventListener('click', () => {
    const open = expand.textContent.startsWith('Show');
    items.forEach(item => toggle(item, open));
    expand.textContent = open ? 'Hide all details' : 'Show all details';
  });
}
addEventListener('beforeprint', () => {
  for (const help of document.querySelectorAll('.help')) help.open = true;
});
