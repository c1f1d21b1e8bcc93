'use strict';
// Everything is in the document already: this filters, sorts and turns pages.
document.documentElement.classList.add('js');

const pageSize = 100;

// List is a section with a filter, entries, and buttons to turn pages. Entries
// that match are .hit, those on the page shown are .near; the style does the rest.
class List {
  constructor(section) {
    this.section = section;
    this.items = section.querySelector('.items');
    this.form = section.querySelector('form.filter');
    this.status = section.querySelector('.status');
    this.none = section.querySelector('.none');
    this.all = [...this.items.children];
    this.order = this.all;
    this.texts = new Map();
    this.shown = [];
    this.page = 0;
    this.form.hidden = this.status.hidden = false;
    this.form.addEventListener('submit', (e) => e.preventDefault());
    this.form.addEventListener('reset', () => setTimeout(() => this.filter()));
    this.form.addEventListener('input', (e) => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.filter(), e.target.type === 'search' ? 150 : 0);
    });
    this.pager();
    for (const th of section.querySelectorAll('th[data-by]')) this.sortable(th);
    this.filter();
  }

  // text is what a search looks through, kept where entries are short.
  text(item) {
    let text = this.texts.get(item);
    if (text === undefined) {
      text = item.textContent.toLowerCase();
      if (item.localName === 'tr') this.texts.set(item, text);
    }
    return text;
  }

  filter() {
    const wanted = [...new FormData(this.form)].filter(([name, value]) => name !== 'q' && value !== '');
    const words = (this.form.elements.q.value.toLowerCase().match(/\S+/g)) || [];
    this.hits = this.order.filter((item) => {
      const hit = wanted.every(([name, value]) => item.dataset[name] === value) &&
        (words.length === 0 || words.every((word) => this.text(item).includes(word)));
      item.classList.toggle('out', !hit);
      return hit;
    });
    this.show(0);
  }

  show(page) {
    for (const item of this.shown) item.classList.remove('near');
    this.page = Math.max(0, Math.min(page, Math.ceil(this.hits.length / pageSize) - 1));
    const from = this.page * pageSize;
    this.shown = this.hits.slice(from, from + pageSize);
    for (const item of this.shown) item.classList.add('near');
    const many = this.hits.length > pageSize;
    this.status.textContent = (many ? `Entries ${from + 1} to ${from + this.shown.length} of ` : '') +
      `${this.hits.length}` + (this.hits.length < this.all.length ? ` that match, of ${this.all.length} in all` : ' in all');
    this.turn.hidden = !many;
    this.back.disabled = this.page === 0;
    this.next.disabled = from + pageSize >= this.hits.length;
    this.none.hidden = this.hits.length > 0;
  }

  pager() {
    this.turn = document.createElement('p');
    this.turn.className = 'pager';
    const button = (text, step) => {
      const b = document.createElement('button');
      b.type = 'button';
      b.textContent = text;
      b.addEventListener('click', () => {
        this.show(this.page + step);
        this.section.querySelector('h2').scrollIntoView();
      });
      this.turn.append(b, ' ');
      return b;
    };
    this.back = button('Previous', -1);
    this.next = button('Next', 1);
    this.none.after(this.turn);
  }

  // sortable makes a head a button. Its key is a data attribute (a minus turns
  // it round) or the number of a column.
  sortable(th) {
    const by = th.dataset.by;
    const b = document.createElement('button');
    b.type = 'button';
    b.append(...th.childNodes);
    th.append(b);
    b.addEventListener('click', () => {
      const down = th.getAttribute('aria-sort') === 'ascending';
      for (const other of this.section.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      this.sort(by, down ? -1 : 1);
    });
  }

  sort(by, sign) {
    const numeric = !/^\d/.test(by);
    const name = by.replace('-', '');
    const turn = sign * (by.startsWith('-') ? -1 : 1);
    const key = (item) => numeric ? Number(item.dataset[name]) : item.cells[by].textContent;
    const keyed = this.all.map((item, i) => ({ item, i, key: key(item) }));
    keyed.sort((a, b) => (a.key < b.key ? -turn : a.key > b.key ? turn : a.i - b.i));
    this.order = keyed.map((k) => k.item);
    this.items.append(...this.order);
    this.filter();
  }

  set(wanted) {
    this.form.reset();
    for (const [name, value] of wanted) this.form.elements[name].value = value;
    this.filter();
  }

  // reveal turns to the page an entry is on, whatever is filtered.
  reveal(item) {
    if (!this.hits.includes(item)) {
      this.form.reset();
      this.filter();
    }
    this.show(Math.floor(this.hits.indexOf(item) / pageSize));
  }
}

const lists = new Map();

// go shows what an address within the page names.
function go() {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (!target) return;
  for (const [section, list] of lists) {
    if (section.contains(target) && section !== target) list.reveal(list.all.find((item) => item.contains(target)));
  }
  for (let d = target.closest('details'); d; d = d.parentElement.closest('details')) d.open = true;
  const at = target.closest('details') || target;
  at.scrollIntoView();
  (at.querySelector('summary') || at).focus({ preventScroll: true });
}

document.addEventListener('DOMContentLoaded', () => {
  for (const section of document.querySelectorAll('[data-list]')) lists.set(section, new List(section));
  document.addEventListener('click', (e) => {
    const set = e.target.closest('a[data-set]');
    if (set) lists.get(document.getElementById('findings')).set(new URLSearchParams(set.dataset.set));
    const open = e.target.closest('button[data-open]');
    if (open) for (const item of lists.get(open.closest('[data-list]')).shown) item.open = open.dataset.open !== '';
    const link = e.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) go();
  });
  window.addEventListener('hashchange', go);
  go();
});
