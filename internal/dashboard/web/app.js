'use strict';
// The pages work without this: it makes the progress of an audit move, and shows
// where we are in a navigation that is one line.

// follow shows what the server tells about a running audit, as text.
function follow(section) {
  const at = (id) => document.getElementById(id);
  const source = new EventSource(section.dataset.events);
  const classes = { complete: 'done', running: 'going', incomplete: 'unknown' };
  let spoken = 0;
  source.addEventListener('message', (e) => {
    const p = JSON.parse(e.data);
    at('lost').hidden = true;
    if (at('meter') && p.bar >= 0) at('meter').value = p.bar;
    const over = p.state !== 'running';
    // What is read aloud changes every ten seconds at most.
    if (over || Date.now() - spoken > 10000) {
      spoken = Date.now();
      at('counts').textContent = p.counts;
    }
    at('note').textContent = p.note;
    at('state').textContent = p.state === 'incomplete' ? 'broken off' : p.state;
    at('state').className = 'v ' + (classes[p.state] || 'unknown');
    if (over) {
      source.close();
      at('finished').hidden = false;
    }
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) at('lost').hidden = false;
  });
}

document.addEventListener('DOMContentLoaded', () => {
  const nav = document.querySelector('nav.side');
  const here = nav?.querySelector('[aria-current]');
  if (here && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = here.getBoundingClientRect().left - nav.getBoundingClientRect().left - 48;
  const running = document.querySelector('[data-events]');
  if (running) follow(running);
});
