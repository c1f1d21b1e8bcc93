'use strict';
// Everything is in the document already: this filters it, sorts it and turns
// its pages.
document.documentElement.classList.add('js');

const pageSize = 100;

// List shows the entries of a section that match its filter, a page at a time.
class List {
  constructor(section, entries) {
    this.section = section;
    this.all = this.hits = entries;
    this.texts = new Map();
    this.shown = [];
    this.items = section.querySelector('.items');
    this.form = section.querySelector('form.filter');
    this.status = section.querySelector('.status');
    this.none = section.querySelector('.none');
    this.form.hidden = this.status.hidden = false;
    this.form.addEventListener('submit', (e) => e.preventDefault());
    this.form.addEventListener('reset', () => setTimeout(() => this.filter()));
    this.form.addEventListener('input', (e) => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.filter(), e.target.type === 'search' ? 150 : 0);
    });
    this.turn = document.createElement('p');
    this.turn.className = 'pager';
    this.back = this.button('Previous page', -1);
    this.next = this.button('Next page', 1);
    this.none.after(this.turn);
  }

  button(text, step) {
    const b = document.createElement('button');
    b.type = 'button';
    b.textContent = text;
    b.addEventListener('click', () => {
      this.show(this.page + step);
      this.section.querySelector('h2').scrollIntoView();
    });
    this.turn.append(b, ' ');
    return b;
  }

  // text is what a search looks through, value what a field is compared with.
  text(entry) { return entry.textContent; }
  value(entry, name) { return entry.getAttribute('data-' + name); }

  has(entry, word) {
    if (!this.texts.has(entry)) this.texts.set(entry, this.text(entry).toLowerCase());
    return this.texts.get(entry).includes(word);
  }

  filter() {
    const fields = [...new FormData(this.form)].filter(([name, value]) => name !== 'q' && value !== '');
    const words = this.form.elements.q.value.toLowerCase().split(/\s+/).filter((word) => word);
    this.hits = this.all.filter((entry) => fields.every(([name, value]) => this.value(entry, name) === value) &&
      words.every((word) => this.has(entry, word)));
    this.show(0);
  }

  show(page) {
    const last = Math.max(0, Math.ceil(this.hits.length / pageSize) - 1);
    this.page = Math.max(0, Math.min(page, last));
    const from = this.page * pageSize;
    this.draw(this.hits.slice(from, from + pageSize));
    const some = this.hits.length < this.all.length ? ` that match, of ${this.all.length}` : '';
    this.status.textContent = last > 0 ?
      `Page ${this.page + 1} of ${last + 1}: entries ${from + 1} to ${from + this.shown.length} of ${this.hits.length}${some}` :
      `${this.hits.length} ${this.hits.length === 1 ? 'entry' : 'entries'}${some}`;
    this.turn.hidden = last === 0;
    this.back.disabled = this.page === 0;
    this.next.disabled = this.page === last;
    this.none.hidden = this.hits.length > 0;
  }

  // draw shows entries of the document and hides the others.
  draw(entries) {
    for (const entry of this.shown) entry.classList.remove('near');
    for (const entry of entries) entry.classList.add('near');
    this.shown = entries;
  }

  // print marks, for paper, what does not match.
  print() {
    const hits = new Set(this.hits);
    for (const entry of this.all) entry.classList.toggle('out', !hits.has(entry));
  }

  set(fields) {
    this.form.reset();
    for (const [name, value] of fields) this.form.elements[name].value = value;
    this.filter();
  }

  // reveal turns to the page an entry is on, whatever is filtered.
  reveal(entry) {
    if (!this.hits.includes(entry)) this.set([]);
    this.show(Math.floor(this.hits.indexOf(entry) / pageSize));
  }
}

// Table draws rows for findings, which stand in the document at their subjects.
class Table extends List {
  constructor(section) {
    super(section, [...document.querySelectorAll('.subject')].flatMap((subject) => {
      const name = subject.querySelector('summary b').textContent;
      return [...subject.querySelectorAll('.findings > li')].map((li) => ({ li, subject, name }));
    }));
    section.querySelector('.scroll').hidden = false;
    for (const th of section.querySelectorAll('th[data-by]')) this.sortable(th);
    this.sort('worst', 1);
  }

  text({ li, name }) { return name + ' ' + li.textContent; }
  value({ li, subject }, name) { return (name === 'y' ? subject : li).getAttribute('data-' + name); }
  rule({ li }) { return li.querySelector('a, i'); }
  message(entry) { return this.rule(entry).nextSibling.data.trim(); }

  key(entry, by) {
    const verdict = entry.li.getAttribute('data-v'), severity = entry.li.getAttribute('data-s');
    switch (by) {
      case 'worst': return 10 * verdict - severity;
      case 'severity': return -severity;
      case 'subject': return entry.name;
      case 'rule': return this.rule(entry).textContent;
    }
    return this.message(entry);
  }

  sortable(th) {
    const b = document.createElement('button');
    b.type = 'button';
    b.append(...th.childNodes);
    th.append(b);
    b.addEventListener('click', () => {
      const down = th.getAttribute('aria-sort') === 'ascending';
      for (const other of this.section.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      this.sort(th.dataset.by, down ? -1 : 1);
    });
  }

  sort(by, sign) {
    const keyed = this.all.map((entry, i) => ({ entry, i, key: this.key(entry, by) }));
    keyed.sort((a, b) => (a.key < b.key ? -sign : a.key > b.key ? sign : a.i - b.i));
    this.all = keyed.map((k) => k.entry);
    this.filter();
  }

  draw(entries) {
    this.items.replaceChildren(...entries.map((entry) => this.row(entry)));
    this.shown = entries;
  }

  // row is made of copies of nodes and of text, never of markup.
  row(entry) {
    const row = document.createElement('tr');
    row.dataset.v = entry.li.dataset.v;
    row.dataset.s = entry.li.dataset.s;
    const badges = [...entry.li.querySelectorAll(':scope > b')];
    const link = document.createElement('a');
    link.href = '#' + entry.li.closest('.inside').id;
    link.textContent = entry.name;
    row.insertCell().append(...badges.flatMap((b) => [b.cloneNode(true), ' ']));
    row.insertCell().append(badges.at(-1).nextSibling.data.trim());
    row.insertCell().append(link);
    row.insertCell().append(this.rule(entry).textContent);
    row.insertCell().append(this.message(entry));
    return row;
  }

  print() { this.items.replaceChildren(...this.hits.map((entry) => this.row(entry))); }
}

const lists = new Map();

// go shows what an address within the page names.
function go() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  const entry = target.closest('.subject');
  if (entry) lists.get(entry.closest('section')).reveal(entry);
  for (let d = target.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
  const at = target.closest('details') || target;
  at.scrollIntoView();
  const summary = at.querySelector(':scope > summary');
  if (summary) summary.focus({ preventScroll: true });
}

function click(e) {
  const findings = document.getElementById('findings');
  const set = e.target.closest('a[data-set]');
  if (set) lists.get(findings).set(new URLSearchParams(set.dataset.set));
  const open = e.target.closest('button[data-open]');
  if (open) for (const entry of lists.get(open.closest('section')).shown) entry.open = open.dataset.open !== '';
  const link = e.target.closest('a[href^="#"]');
  if (link && link.hash === location.hash) go();
}

document.addEventListener('DOMContentLoaded', () => {
  for (const section of document.querySelectorAll('[data-list]')) {
    const list = new List(section, [...section.querySelector('.items').children]);
    lists.set(section, list);
    list.filter();
  }
  const findings = document.getElementById('findings');
  if (findings) lists.set(findings, new Table(findings));
  document.addEventListener('click', click);
  window.addEventListener('hashchange', go);
  window.addEventListener('beforeprint', () => lists.forEach((list) => list.print()));
  window.addEventListener('afterprint', () => lists.forEach((list) => list.show(list.page)));
  go();
});
