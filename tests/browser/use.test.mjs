// use.test.mjs -- what a hand does on the page: keys, slips, links, emoji, settings; what calls it
// back; and what the page weighs.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { Person } from '../system/person.mjs';
import { makeFolder, run } from '../system/process.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';
import { until } from '../system/wait.mjs';

const phone = [390, 844];
const desk = [1280, 800];
const JS_MOST = 90_000; // Bytes of JavaScript until the page can be used, compressed.

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        settings: {
            ...{ WEB_ROOT, AVOID_MS: '0', RECENT_PARTNERS: '0' },
            ...{ MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
        },
    });
});
afterEach(async () => {
    try {
        await browser.leave();
    } finally {
        await Person.allLeave(stack);
    }
});
after(async () => {
    await browser?.close();
    await stack?.stop();
});

// Somebody with a page, in a chat with a person who has none.
async function talking(size = desk, options = {}) {
    const a = await browser.visit(stack.url(), size, options);
    const b = await Person.arrive(stack.url());
    await stack.queues(b);
    await a.presses('Start');
    await a.box.waitFor();
    await b.hears('matched');
    return [a, b];
}

// Something that the page can lose only by a fault has the focus.
async function hasFocus(who) {
    const found = await who.page.evaluate(() => document.activeElement.tagName);
    assert.notEqual(found, 'BODY');
}

// -- what it weighs ----------------------------------------------------------------------------

test('the page is light, asks nobody else, and keeps no cookie', async () => {
    const page = await browser.opens('about:blank', phone);
    page.mayAsk = [new URL(stack.url()).host];
    const got = [];
    page.page.on('response', (response) => got.push(response));
    await page.page.goto(stack.url());
    await page.isWelcomed();
    let weight = 0;
    for (const response of got.filter((each) => each.url().endsWith('.js'))) {
        weight += gzipSync(await response.body()).length;
        assert.equal(response.headers()['content-encoding'], 'gzip');
        assert.match(response.headers()['cache-control'], /max-age=31536000/);
    }
    assert.ok(weight > 0 && weight < JS_MOST, `${weight} bytes`);
    const headers = got[0].headers();
    const policy = headers['content-security-policy'];
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /script-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /require-trusted-types-for 'script'/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|http/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.deepEqual(await page.page.context().cookies(), []);
});

// A page of that folder, as any host would serve it.
async function serves(folder) {
    const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
    const server = createServer(async ({ url }, answer) => {
        const path = join(folder, url === '/' ? 'index.html' : url);
        answer.setHeader('content-type', types[extname(path)] ?? 'image/svg+xml');
        answer.end(await readFile(path));
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    return server;
}

test('a page that is hosted elsewhere finds its gateway', async () => {
    const web = fileURLToPath(new URL('../../web', import.meta.url));
    const place = makeFolder();
    const env = { ...process.env, VITE_BACKEND_URL: stack.url() };
    const vite = join(web, 'node_modules/vite/bin/vite.js');
    await run('node', [vite, 'build', '--outDir', place.folder, '--emptyOutDir'], { cwd: web, env });
    const server = await serves(place.folder);
    try {
        const a = await browser.opens('about:blank', phone);
        const url = `http://127.0.0.1:${server.address().port}`;
        a.mayAsk = [new URL(url).host, new URL(stack.url()).host];
        await a.page.goto(url);
        await a.isWelcomed();
        const b = await Person.arrive(stack.url());
        await stack.queues(b);
        await a.presses('Start');
        await a.box.waitFor();
        await a.tells('From elsewhere.');
        assert.equal((await b.hears('message')).text, 'From elsewhere.');
    } finally {
        server.close();
        await place.remove();
    }
});

// -- keys and slips ----------------------------------------------------------------------------

test('everything can be done by keys, and the focus is never lost', async () => {
    const a = await browser.opens(stack.url(), desk);
    const { keyboard } = a.page;
    const tabTo = async (name) => {
        const wanted = a.page.getByRole('button', { name, exact: true });
        await wanted.waitFor();
        await until(`the Tab key comes to ${name}`, async () => {
            await hasFocus(a).catch(() => {});
            await keyboard.press('Tab');
            return wanted.evaluate((each) => each === document.activeElement);
        });
        await keyboard.press('Enter');
    };
    await tabTo('I am 18 or older');
    await tabTo('Start');
    await a.sees('Looking for a partner…');
    await hasFocus(a);
    const b = await Person.arrive(stack.url());
    b.say('search');
    await a.box.waitFor();
    await until('one can write', () => a.box.evaluate((box) => box === document.activeElement));
    await keyboard.type('One line?');
    await keyboard.press('Shift+Enter');
    await keyboard.type('Two lines.');
    await keyboard.press('Enter');
    assert.equal((await b.hears('message')).text, 'One line?\nTwo lines.');
    await tabTo('More');
    await tabTo('Block');
    await a.page.getByText('Block this person?').waitFor();
    await keyboard.press('Escape');
    await a.page.getByText('Block this person?').waitFor({ state: 'hidden' });
    await hasFocus(a);
    await tabTo('More');
    await tabTo('Settings');
    await a.sees('Settings');
    await keyboard.press('Escape');
    await a.page.getByRole('dialog').waitFor({ state: 'detached' });
    await hasFocus(a);
    await tabTo('End');
    await keyboard.press('Enter');
    await a.sees('You ended the chat.');
    await hasFocus(a);
    await tabTo('Close');
    await a.button('Start').waitFor();
    await hasFocus(a);
});

test('Escape skips when it is pressed twice, and that can be undone', async () => {
    const [a, b] = await talking();
    await a.page.keyboard.press('Escape');
    await a.page.getByText('Press Esc again to skip.').waitFor();
    await a.box.pressSequentially('x');
    await a.page.getByText('Press Esc again to skip.').waitFor({ state: 'hidden' });
    await a.page.keyboard.press('Escape');
    await a.page.getByText('Press Esc again to skip.').waitFor();
    assert.deepEqual(b.all('partner_left'), []);
    await a.page.keyboard.press('Escape');
    await b.hears('partner_left');
    await a.presses('Undo skip');
    await a.box.waitFor();
    await b.hears('matched');
});

test('one press ends nothing', async () => {
    const [a, b] = await talking(phone);
    await a.presses('End');
    await a.button('End now?').waitFor();
    await a.button('End').waitFor(); // It has changed back.
    await a.tells('Still here.');
    assert.deepEqual(b.all('partner_left'), []);
    await a.ends();
    await b.hears('partner_left');
});

test('the keys are listed at a question mark, which can be written, too', async () => {
    const [a] = await talking();
    await a.box.press('?');
    assert.equal(await a.box.inputValue(), '?');
    await a.log.focus();
    await a.page.keyboard.press('?');
    await a.sees('Keyboard shortcuts');
    await a.page.getByText('Skip to somebody new').waitFor();
    await a.page.keyboard.press('Escape');
    await a.page.getByRole('dialog').waitFor({ state: 'detached' });
    await a.page.getByText('Press Esc again to skip.').waitFor({ state: 'hidden' });
    assert.equal(await a.box.inputValue(), '?');
});

// -- what is written ---------------------------------------------------------------------------

test('a link is opened only when that is wanted', async () => {
    const [a, b] = await talking();
    const context = a.page.context();
    await context.route('https://chat.test/**', (route) => route.fulfill({ body: 'there' }));
    await b.tells('Look: https://chat.test/page?x=1 (it is mine)');
    const link = a.page.getByRole('link', { name: 'https://chat.test/page?x=1' });
    await link.click();
    await a.sees('Open this link?');
    await a.page.getByText('chat.test', { exact: true }).waitFor();
    await a.presses('Do not open');
    await a.page.getByRole('dialog').waitFor({ state: 'detached' });
    await link.click({ modifiers: ['Control'] });
    assert.equal(context.pages().length, 1);
    const opened = context.waitForEvent('page');
    await a.page.getByRole('link', { name: 'Open', exact: true }).click();
    const other = await opened;
    await other.waitForLoadState();
    assert.equal(other.url(), 'https://chat.test/page?x=1');
    assert.equal(await other.evaluate(() => window.opener), null);
    assert.equal(await other.evaluate(() => document.referrer), '');
    await a.tells('Still in the chat.');
});

test('an emoji comes where the caret is', async () => {
    const [a, b] = await talking();
    await a.box.fill('ab');
    await a.box.press('ArrowLeft');
    await a.presses('Emoji');
    await a.page.getByRole('searchbox', { name: 'Search emoji' }).fill('party popper');
    const popper = a.button('\u{1f389}');
    await popper.click();
    assert.equal(await a.box.inputValue(), 'a\u{1f389}b');
    await a.page.keyboard.press('Escape');
    await popper.waitFor({ state: 'detached' });
    await a.box.press('Enter');
    assert.equal((await b.hears('message')).text, 'a\u{1f389}b');
    await a.page.getByText('Press Esc again to skip.').waitFor({ state: 'hidden' });
});

test('what is pasted is text', async () => {
    const [a, b] = await talking();
    await a.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await a.page.evaluate(() => {
        const types = { 'text/html': '<b>bold</b>', 'text/plain': '<i>as it is</i>' };
        const blobs = Object.entries(types).map(([type, text]) => [type, new Blob([text], { type })]);
        return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    });
    await a.box.focus();
    await a.page.keyboard.press('Control+V');
    await a.box.press('Enter');
    assert.equal((await b.hears('message')).text, '<i>as it is</i>');
});

// -- how one wants it --------------------------------------------------------------------------

test('a look and a language are chosen, and remembered', async () => {
    const a = await browser.visit(stack.url(), phone, { colorScheme: 'light' });
    const root = a.page.locator('html');
    await root.and(a.page.locator('[data-theme=light]')).waitFor();
    await a.presses('Settings');
    await a.page.getByRole('radio', { name: 'Dark' }).check();
    await root.and(a.page.locator('[data-theme=dark]')).waitFor();
    await a.page.getByRole('combobox', { name: 'Language of the page' }).selectOption('ar');
    await root.and(a.page.locator('[lang=ar][dir=rtl]')).waitFor();
    await a.page.keyboard.press('Escape');
    await a.page.reload();
    await root.and(a.page.locator('[lang=ar][dir=rtl][data-theme=dark]')).waitFor();
    await a.sees('تحدّث مع شخص جديد.');
});

test('the next search begins by itself if that is chosen, unless it is stopped', async () => {
    const [a, b] = await talking(phone);
    await a.presses('More');
    await a.presses('Settings');
    await a.page.getByRole('switch', { name: /^Look for the next one/ }).check();
    await a.page.keyboard.press('Escape');
    b.leaves();
    await a.sees('Your partner left.');
    await a.page.getByText(/^Looking for somebody new in \d s\.$/).waitFor();
    await a.sees('Looking for a partner…');
    const c = await Person.arrive(stack.url());
    c.say('search');
    await a.box.waitFor();
    c.leaves();
    await a.presses('Stay here');
    await a.page.getByText(/^Looking for somebody new/).waitFor({ state: 'hidden' });
    await hasFocus(a);
    await a.sees('Your partner left.');
});

// -- what calls one back -----------------------------------------------------------------------

test('who looks elsewhere is called back by the title, a sound and a notification', async () => {
    const [a, b] = await talking();
    await a.page.evaluate(() => {
        window.calls = [];
        window.Notification = class {
            static permission = 'granted';
            static requestPermission = async () => 'granted';
            constructor(title, { body }) {
                window.calls.push(body);
            }
        };
        const { start } = OscillatorNode.prototype;
        OscillatorNode.prototype.start = function (...when) {
            window.calls.push('tone');
            start.apply(this, when);
        };
    });
    const calls = () => a.page.evaluate(() => window.calls.splice(0));
    await a.looks(true);
    await b.tells('Nobody asked for noise.');
    await a.page.waitForFunction(() => document.title.startsWith('(1)'));
    assert.deepEqual(await calls(), []);
    await a.looks(false);
    await a.page.waitForFunction(() => !document.title.startsWith('('));

    await a.presses('More');
    await a.presses('Settings');
    await a.page.getByRole('switch', { name: 'Play a sound' }).check();
    await a.page.getByRole('switch', { name: 'Show a notification' }).check();
    assert.deepEqual(await calls(), ['tone', 'tone']); // So that one knows it.
    await a.page.keyboard.press('Escape');
    await b.tells('Seen.');
    await a.bubble('Seen.').waitFor();
    assert.deepEqual(await calls(), []);
    await a.looks(true);
    await b.tells('A secret.');
    await a.page.waitForFunction(() => document.title.startsWith('(1)'));
    assert.deepEqual(await calls(), ['tone', 'tone', 'You have a new message.']);
    b.leaves();
    await a.page.waitForFunction(() => document.title.includes('Chat over'));
    assert.deepEqual(await calls(), ['tone', 'tone', 'Your partner left.']);
});
