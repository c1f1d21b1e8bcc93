// Uses the dashboard that TestDashboardInABrowser serves at DASHBOARD, as an
// operator, and at VIEWER, as a viewer: a made-up fleet with hostile text wherever
// text may stand. HISTORY serves a real history, of an estate as there may be one.
// ADDRESSES lists, as JSON, addresses of every page; of the made-up fleet by page,
// the first of each is the page at its fullest. Pictures of the pages go to the
// folder SCREENSHOTS, if there is one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { DASHBOARD: base, VIEWER: viewer, HISTORY: history, SCREENSHOTS: pictures } = process.env;
assert.ok(base && viewer && history, 'DASHBOARD, VIEWER and HISTORY are the addresses of servers');
const { made: pages, real } = JSON.parse(process.env.ADDRESSES);
const names = Object.keys(pages);
assert.ok(names.length >= 18, `only ${names.length} pages`);
// Both colours and both widths are examined once; pictures are taken of all four.
const sizes = [['light', 1280, true], ['dark', 390, true], ['dark', 1280, false], ['light', 390, false]];

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});
after(async () => browser?.close());

// enter opens a window, and has whatever a page should not do gathered in trouble.
async function enter(options = {}) {
  const context = await browser.newContext({ reducedMotion: 'reduce', viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble = [];
  page.on('dialog', async (dialog) => { trouble.push('dialog: ' + dialog.message()); await dialog.dismiss(); });
  page.on('pageerror', (e) => trouble.push('error: ' + e.message));
  page.on('console', (m) => trouble.push('console: ' + m.text()));
  page.on('request', (r) => { if (![base, viewer, history].some((server) => r.url().startsWith(server + '/'))) trouble.push('request: ' + r.url()); });
  return { page, trouble, close: () => context.close() };
}

// examine has axe look at the page as it is, and names what it finds wrong.
async function examine(page, where) {
  await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations', 'passes'] }));
  assert.ok(passes.length > 15 && passes.some((p) => p.id === 'color-contrast'), `axe looked at ${passes.length} rules only`);
  return violations.map((v) => `${where}: ${v.impact} ${v.id}: ${v.help} ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160))}`);
}

// picture keeps the upper part of a page.
async function picture(page, name, width) {
  if (!pictures) return;
  const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), 2400);
  await page.screenshot({ path: join(pictures, name + '.png'), fullPage: true, clip: { x: 0, y: 0, width, height } });
}

// fits reports what is wider than the window.
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth ? '' : [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.parentElement.closest('.scroll')).slice(0, 3).map((e) => e.outerHTML.slice(0, 120)).join('\n') || 'something');

describe('every page', () => {
  for (const [colorScheme, width, thorough] of sizes) {
    test(`is in order, ${colorScheme}, ${width} wide`, async () => {
      const { page, trouble, close } = await enter({ colorScheme, viewport: { width, height: 900 } });
      for (const name of names) {
        await page.goto(base + pages[name][0], { waitUntil: 'load' });
        await picture(page, `${name}-${colorScheme}-${width}`, width);
        const wide = await fits(page);
        if (wide) trouble.push(`${name} is wider than the window: ${wide}`);
        if (thorough) trouble.push(...await examine(page, name));
      }
      assert.deepEqual(trouble, []);
      await close();
    });
  }

  test('is in order at its other addresses', async () => {
    const { page, trouble, close } = await enter();
    for (const name of names) {
      for (const address of pages[name].slice(1)) {
        await page.goto(base + address, { waitUntil: 'load' });
        trouble.push(...await examine(page, address));
      }
    }
    assert.equal(await page.evaluate(() => typeof window.hacked), 'undefined');
    assert.deepEqual(trouble, []);
    await close();
  });

  test('is in order over a real history', async () => {
    const { page, trouble, close } = await enter();
    assert.ok(real.length > 30);
    for (const address of real) {
      if (address.includes('.json')) continue;
      const answer = await page.goto(history + address, { waitUntil: 'load' });
      assert.equal(answer.status(), 200, address);
      await picture(page, 'real' + address.replace(/[^a-z0-9]+/gi, '-').slice(0, 60), 1280);
      const wide = await fits(page);
      if (wide) trouble.push(`${address} is wider than the window: ${wide}`);
      if (!address.includes('?')) trouble.push(...await examine(page, address));
    }
    assert.deepEqual(trouble, []);
    await close();
  });

  test('reads the same without scripts', async () => {
    const plain = await enter({ javaScriptEnabled: false });
    const scripted = await enter();
    for (const name of names) {
      if (name === 'progress') continue; // it moves, see below
      const texts = [];
      for (const { page } of [plain, scripted]) {
        await page.goto(base + pages[name][0], { waitUntil: 'load' });
        texts.push(await page.locator('main').textContent());
      }
      assert.equal(texts[0], texts[1], name);
      assert.ok(texts[0].length > 200, `${name} says little: ${texts[0]}`);
    }
    await plain.close();
    await scripted.close();
  });

  test('runs nothing that is put into it', async () => {
    const { page, close } = await enter();
    await page.goto(base + '/');
    const breaches = await page.evaluate(async () => {
      const seen = [];
      document.addEventListener('securitypolicyviolation', (e) => seen.push(e.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.hacked = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'https://www.example.com/x.png';
      document.body.append(image);
      fetch('https://www.example.com/').catch(() => {});
      document.body.insertAdjacentHTML('beforeend', '<p onclick="window.hacked = true" id="trap" style="color: red"><iframe src="/"></iframe>');
      document.getElementById('trap').click();
      await new Promise((r) => setTimeout(r, 200));
      return seen;
    });
    assert.equal(await page.evaluate(() => typeof window.hacked), 'undefined');
    for (const directive of ['script-src-elem', 'script-src-attr', 'style-src-attr', 'img-src', 'connect-src', 'frame-src']) assert.ok(breaches.includes(directive), `${directive} is not held: ${breaches}`);
    await close();
  });
});

describe('by keyboard alone', () => {
  const focused = (page, selector) => page.evaluate((s) => document.activeElement?.matches(s), selector);
  const reach = async (page, selector) => {
    for (let i = 0; i < 200; i++) {
      if (await focused(page, selector)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`${selector} cannot be reached by keyboard`);
  };
  const visible = (page) => page.evaluate(() => {
    const e = document.activeElement, style = getComputedStyle(e);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });

  test('one skips to the content and walks the navigation', async () => {
    const { page, close } = await enter();
    await page.goto(base + '/');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    assert.ok(await visible(page), 'the focus is not to be seen');
    await page.keyboard.press('Enter');
    assert.ok(await focused(page, 'main'));
    const labels = await page.locator('nav.side a').allTextContents();
    for (const label of labels) {
      await page.goto(base + '/');
      const path = await page.locator('nav.side a', { hasText: new RegExp(`^${label}$`) }).getAttribute('href');
      await reach(page, `nav.side a[href="${path}"]`);
      assert.ok(await visible(page), `the focus is not to be seen at ${label}`);
      await Promise.all([page.waitForURL(base + path), page.keyboard.press('Enter')]);
      assert.equal(await page.locator('nav.side [aria-current=page]').textContent(), label);
    }
    await close();
  });

  test('everything that can be used is reached, in the order it stands', async () => {
    const { page, close } = await enter();
    for (const name of names) {
      await page.goto(base + pages[name][0], { waitUntil: 'load' });
      const order = await page.evaluate(() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]')].filter((e) => e.checkVisibility()).length);
      let count = 0, last = null;
      await page.evaluate(() => { window.steps = []; document.addEventListener('focusin', (e) => window.steps.push(e.target)); });
      for (; count <= order; count++) {
        await page.keyboard.press('Tab');
        last = await page.evaluate(() => document.activeElement === document.body || window.steps.indexOf(document.activeElement) < window.steps.length - 1);
        if (last) break;
      }
      assert.ok(count >= order, `${name}: ${count} of ${order} are reached`);
      assert.ok(await page.evaluate(() => window.steps.every((e, i) => i === 0 || e === window.steps[0] || window.steps[i - 1].compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)), `${name}: the order jumps`);
    }
    await close();
  });

  test('one filters, opens a subject and reads its remedy', async () => {
    const { page, close } = await enter();
    await page.goto(base + '/findings');
    await reach(page, '[name=q]');
    await page.keyboard.type('TLSv1.0 is accepted');
    await reach(page, '[name=severity]');
    await page.keyboard.type('critical');
    await reach(page, '.filter button');
    await Promise.all([page.waitForURL(/severity=critical/), page.keyboard.press('Enter')]);
    for (const cell of await page.locator('.rows tbody td:nth-child(2)').allTextContents()) assert.equal(cell.trim(), 'critical');
    await reach(page, '.rows tbody th a');
    await Promise.all([page.waitForURL(/\/subject\?/), page.keyboard.press('Enter')]);
    await reach(page, 'details.remedy summary');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('details.remedy[open] .diff .del').first().textContent(), '-  ssl_protocols TLSv1;');
    await close();
  });

  test('one starts an audit', async () => {
    const { page, close } = await enter();
    await page.goto(base + '/audit');
    await reach(page, 'form.start [name=depth]');
    await page.keyboard.type('quick');
    await reach(page, 'form.start button');
    await Promise.all([page.waitForURL(/\/audit\/[0-9A-Z]{26}$/), page.keyboard.press('Enter')]);
    await page.locator('#finished').waitFor({ state: 'visible' });
    await close();
  });
});

describe('an audit', () => {
  test('moves while it is watched', async () => {
    const { page, trouble, close } = await enter();
    await page.goto(base + '/audit');
    await page.click('form.start button');
    await page.waitForURL(/\/audit\/[0-9A-Z]{26}$/);
    const first = Number(await page.locator('#meter').getAttribute('value'));
    assert.ok(first < 1000, `it begins at ${first}`);
    await page.waitForFunction((n) => document.getElementById('meter').value > n, first);
    await page.locator('#finished').waitFor({ state: 'visible' });
    assert.match(await page.locator('#counts').textContent(), /1,300 of 1,300 targets \(100 %\)/);
    assert.equal(await page.locator('#state').textContent(), 'complete');
    assert.deepEqual(trouble, []);
    await page.click('#finished a');
    await page.waitForURL(/\/runs\//);
    await close();
  });

  test('goes on without scripts', async () => {
    const { page, close } = await enter({ javaScriptEnabled: false });
    await page.goto(base + '/audit');
    await page.click('form.start button');
    await page.waitForURL(/\/audit\/[0-9A-Z]{26}$/);
    assert.equal(await page.locator('head noscript meta[http-equiv=refresh]').getAttribute('content'), '5');
    const before = await page.locator('#counts').textContent();
    await page.waitForFunction((text) => document.querySelector('#counts')?.textContent !== text, before, { timeout: 20_000 }).catch(() => {});
    await page.waitForTimeout(6_000);
    assert.notEqual(await page.locator('#counts').textContent(), before);
    await close();
  });

  test('cannot be started by a viewer', async () => {
    const { page, close } = await enter();
    const answer = await page.goto(viewer + '/audit');
    assert.equal(answer.status(), 403);
    assert.match(await page.locator('main').textContent(), /for the operator/);
    assert.equal(await page.locator('nav.side a', { hasText: 'Start an audit' }).count(), 0);
    await close();
  });
});
