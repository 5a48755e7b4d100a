// long.test.mjs -- chats with thousands of messages: only what is seen is drawn, and the page never
// stops.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';
import { until } from '../system/wait.mjs';

const phone = [390, 844];
const PAUSE_MOST_MS = 200;
const DRAWN_MOST = 120;

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        settings: {
            ...{ WEB_ROOT, DRAIN_MS: '1000', PACKETS_PER_SECOND: '0' },
            ...{ MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0', LOG_LEVEL: 'warn' },
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

async function talking() {
    const a = await browser.visit(stack.url(), phone);
    const b = await Person.arrive(stack.url());
    await stack.queues(b);
    await a.presses('Start');
    await a.box.waitFor();
    await b.hears('matched');
    return [a, b];
}

// One after the other; the gateway takes so many, and more as it learns what has been read.
async function tellsMany(person, from, to) {
    for (let n = from; n <= to; n++) {
        await until(`${n} is delivered`, async () => {
            const { error } = await person.ask('message', { text: textOf(n), id: `${n}` });
            assert.ok(!error || error.code === 'window_full', error?.message);
            return !error;
        });
    }
}

// Of many lengths, as people write.
const textOf = (n) => `Message ${n}. ${'So it goes on and on. '.repeat(n % 5)}`.trim();

const drawn = (who) => who.log.locator('.message').count();

// While `deed` is done, no task of the page takes long: of a processor's time, as what other processes
// take is not the page's.
async function neverStops(who, t, deed) {
    await browser.chromium.startTracing(who.page, { categories: ['toplevel'] });
    await deed();
    const { traceEvents } = JSON.parse(await browser.chromium.stopTracing());
    const pages = new Set(traceEvents
        .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
        .map(({ pid, tid }) => `${pid} ${tid}`));
    // What had begun before is told without its time.
    const pauses = traceEvents
        .filter(({ name, pid, tid, tdur }) =>
            name.endsWith('::RunTask') && pages.has(`${pid} ${tid}`) && tdur !== undefined)
        .map(({ tdur }) => tdur / 1000);
    const pause = pauses.reduce((most, each) => Math.max(most, each), 0);
    t.diagnostic(`the longest of ${pauses.length} tasks: ${pause} ms`);
    assert.ok(pauses.length > 0 && pause > 0, 'the page has done nothing');
    assert.ok(pause <= PAUSE_MOST_MS, `a pause of ${pause} ms`);
}

test('five hundred messages while nobody looks, then all are there without a pause', async (t) => {
    const [a, b] = await talking();
    await a.looks(true);
    await tellsMany(b, 1, 500);
    await a.page.waitForFunction(() => document.title.startsWith('(500)'));
    await neverStops(a, t, async () => {
        await a.looks(false);
        await a.bubble(textOf(500)).waitFor();
        await a.tells('So many!');
    });
    assert.ok((await drawn(a)) < DRAWN_MOST);
});

// From the last message to the first, and to the last again; one comes meanwhile.
async function scrollBack(a, b) {
    // Who goes back is not drawn to the end by what comes.
    await a.log.focus();
    await a.page.keyboard.press('PageUp');
    await a.button('Latest messages').waitFor();
    await b.tells('One more.');
    assert.equal(await a.log.getAttribute('aria-live'), 'off');
    const inView = () =>
        a.bubble('One more.').evaluateAll(([each]) =>
            each !== undefined && each.getBoundingClientRect().top < window.innerHeight - 100);
    assert.equal(await inView(), false);
    await until('the first is seen', async () => {
        await a.page.keyboard.press('PageUp');
        if ((await drawn(a)) >= DRAWN_MOST) {
            throw new Error('too much is drawn');
        }
        await a.page.keyboard.press('Home');
        return a.page.getByText('Say hello!').isVisible();
    });
    await a.bubble(textOf(1)).waitFor();
    await a.presses('Latest messages');
    // The last are always drawn: that they are there does not tell that they are seen.
    await until('the last is seen', inView);
    await until('what comes is read out', async () =>
        (await a.log.getAttribute('aria-live')) === 'polite');
}

test('five thousand messages are scrolled from the last to the first', async (t) => {
    const [a, b] = await talking();
    await tellsMany(b, 1, 5000);
    await a.bubble(textOf(5000)).waitFor();
    assert.ok((await drawn(a)) < DRAWN_MOST);
    await neverStops(a, t, () => scrollBack(a, b));
});

test('what has the focus stays, however far it is scrolled', async () => {
    const [a, b] = await talking();
    await b.tells('See https://example.com/ please');
    const link = a.page.getByRole('link', { name: 'https://example.com/' });
    await link.focus();
    await tellsMany(b, 1, 200);
    await a.bubble(textOf(200)).waitFor();
    assert.ok((await drawn(a)) < DRAWN_MOST);
    assert.ok(await link.evaluate((each) => each === document.activeElement));
});
