// The browser, the people in it, and the studio in which every page is photographed at three sizes and held against axe.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const { address, organization, guarded, pictures, manual } = JSON.parse(process.argv[2]);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .find((path) => path && existsSync(path));
assert.ok(executablePath, 'no Chromium; install the package chromium, or name the program in CHROMIUM');

export const sizes = { phone: { width: 360, height: 740 }, laptop: { width: 1280, height: 800 }, projector: { width: 1920, height: 1080 } };
// The narrowest phone there is; nothing may be wider.
const narrow = { width: 320, height: 640 };
const root = process.getuid && process.getuid() === 0;
export const browser = await chromium.launch({ executablePath, args: root ? ['--no-sandbox'] : [] });
// What docs/USING.md shows, and at which size.
const shown = {
  landing: 'phone', 'sitting-waiting': 'phone', ballot: 'phone', 'ballot-ranked': 'phone', receipt: 'phone', 'event-result': 'phone', proxies: 'phone', 'ballots-together': 'phone', 'offices-asked': 'phone',
  'offices-chair': 'laptop', 'waiting-room': 'phone', 'sitting-asked': 'phone', 'console-check': 'laptop',
  'console-voting': 'laptop', 'draft-election': 'laptop', 'event-election': 'laptop', 'screen-join': 'projector', 'screen-voting': 'projector', 'screen-result': 'projector', 'screen-words': 'projector', settings: 'laptop', clients: 'laptop',
  import: 'laptop', members: 'laptop', audit: 'laptop', rules: 'laptop', roles: 'laptop', account: 'laptop',
};
export const faults = [];
export const seen = new Set();

// Where the time goes.
const began = Date.now();
const spent = new Map();
export const timed = async (name, act) => {
  const from = Date.now();
  try { return await act(); } finally { spent.set(name, (spent.get(name) || 0) + Date.now() - from); }
};
export const times = () => {
  const lines = [...spent].map(([name, ms]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  return [`${((Date.now() - began) / 1000).toFixed(1).padStart(7)} s  from beginning to end; parts that run side by side:`, ...lines].join('\n');
};

// Who signed in before has their cookies in every later context.
const logins = new Map();

// Somebody signs in: the link on the first page leads to the provider, which asks who they are.
export const person = (name, size, options = {}) => timed('signing in', async () => {
  const before = logins.get(name);
  let signedIn;
  if (!before) logins.set(name, new Promise((done) => { signedIn = done; }));
  const storageState = before && await before;
  const context = await browser.newContext({ viewport: sizes[size], timezoneId: 'Europe/Warsaw', locale: 'en-GB', storageState, ...options });
  context.setDefaultTimeout(30000);
  const page = await context.newPage();
  page.on('console', (message) => {
    // What the browser says about a connection that the test takes away is no fault.
    if (message.type() === 'error' && !/net::ERR_|Failed to load resource/.test(message.text())) faults.push(`${name}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`${name}: ${error.stack}`));
  await page.goto(address);
  if (!before) {
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name }).click();
  }
  // Back from the provider: the head of the page names who is signed in.
  await page.locator('header a[href="/me"]').waitFor().finally(async () => { if (signedIn) signedIn(await context.storageState()); });
  return { name, page, context };
});

export const accepted = (page) => page.getByText('Accepted. This vote is cast and will be counted.');
export const live = (page) => page.locator('#conn[data-state=live]').waitFor();

// Pages are copied as they stand and looked at next door, so that whoever uses them goes on meanwhile. The copy has
// no script of its own, and its state stands in its attributes.
const copy = () => {
  const twin = document.documentElement.cloneNode(true);
  const fields = (of) => [...of.querySelectorAll('input, textarea, option')];
  const twins = fields(twin);
  fields(document).forEach((field, at) => {
    if (field.matches('option')) twins[at].toggleAttribute('selected', field.selected);
    else if (field.matches('textarea')) twins[at].textContent = field.value;
    else if (/checkbox|radio/.test(field.type)) twins[at].toggleAttribute('checked', field.checked);
    else if (field.type !== 'password' && field.type !== 'file') twins[at].setAttribute('value', field.value);
  });
  twin.querySelectorAll('script').forEach((script) => script.remove());
  twin.querySelectorAll('[autofocus]').forEach((field) => field.removeAttribute('autofocus'));
  return `<!doctype html>${twin.outerHTML}`;
};

class Studio {
  constructor() { this.queue = Promise.resolve(); }

  async open() {
    this.context = await browser.newContext({ viewport: sizes.laptop, bypassCSP: true, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Warsaw' });
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(60000);
    await this.page.route('**/*', async (route) => {
      if (route.request().isNavigationRequest()) await route.fulfill({ contentType: 'text/html; charset=utf-8', body: this.html });
      else await route.continue();
    });
    this.client = await this.context.newCDPSession(this.page);
  }

  take(name, url, html, own) {
    this.queue = this.queue.then(() => timed('looking at pages', () => this.look(name, url, html, own)))
      .catch((error) => faults.push(`${name}: ${error.stack}`));
    return this.queue;
  }

  async look(name, url, html, own) {
    if (!this.page) await this.open();
    const { page, client } = this;
    this.html = html;
    await page.setViewportSize(narrow);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(url);
    for (const [size, viewport] of [['narrow phone', narrow], ...Object.entries(sizes)]) {
      if (viewport !== narrow) await page.setViewportSize(viewport);
      const { wide, height } = await page.evaluate((small) => {
        // As the page's own script has it on a small screen.
        document.querySelectorAll('details[data-fold]').forEach((box) => { box.open = !small; });
        const { scrollWidth, clientWidth, scrollHeight } = document.documentElement;
        return { wide: scrollWidth - clientWidth, height: scrollHeight };
      }, viewport.width < 704);
      if (wide > 0) faults.push(`${name} is ${wide} pixels too wide for a ${size}`);
      if (viewport === narrow) continue;
      const folder = join(pictures, size);
      mkdirSync(folder, { recursive: true });
      // The whole page at once, but for the wall: what sticks to the edge of the screen then stays out of the way.
      if (size !== 'projector') await page.setViewportSize({ width: viewport.width, height: Math.max(height, viewport.height) });
      const { data } = await client.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true });
      writeFileSync(join(folder, `${name}.png`), Buffer.from(data, 'base64'));
      if (manual && shown[name] === size) {
        await page.setViewportSize(viewport);
        const small = await client.send('Page.captureScreenshot', { format: 'webp', quality: 55 });
        mkdirSync(manual, { recursive: true });
        writeFileSync(join(manual, `${name}.webp`), Buffer.from(small.data, 'base64'));
      }
    }
    await page.setViewportSize(own);
    await client.send('Runtime.evaluate', { expression: axe });
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      // In the dark nothing differs but colours.
      const rules = scheme === 'dark' ? { type: 'rule', values: ['color-contrast'] }
        : { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
      const { violations } = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ['violations'], preload: false }), rules);
      for (const violation of violations) {
        const places = violation.nodes.map((node) => `${node.html.slice(0, 160)} ${node.any.map((one) => one.message).join('; ')}`);
        faults.push(`axe: ${violation.id} on ${name} (${scheme}): ${violation.help}\n    ${places.slice(0, 4).join('\n    ')}`);
      }
    }
  }
}
const studios = [new Studio(), new Studio()];
let turn = 0;

// A page as axe and a reader of pictures see it.
export const picture = async (page, name) => {
  assert.ok(!seen.has(name), `two pictures are called ${name}`);
  seen.add(name);
  const html = await page.evaluate(copy);
  turn += 1;
  studios[turn % studios.length].take(name, page.url().split('#')[0], html, page.viewportSize());
};

export const finish = () => Promise.all(studios.map((studio) => studio.queue));
