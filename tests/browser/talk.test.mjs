// talk.test.mjs -- two pages hold a conversation, in a real browser through the real system.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';

const sizes = { phone: [390, 844], desk: [1280, 800] };

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        gateways: 2,
        settings: { WEB_ROOT, MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
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

function visitors(size) {
    return Promise.all([1, 2].map((n) => browser.visit(stack.url(n), size)));
}

async function talking(size) {
    const both = await visitors(size);
    for (const who of both) {
        await who.presses('Start');
    }
    await Promise.all(both.map((who) => who.sees('Your partner')));
    return both;
}

for (const [name, size] of Object.entries(sizes)) {
    test(`${name}: a search is begun and cancelled`, async () => {
        const a = await browser.visit(stack.url(), size);
        await a.shoots('start');
        await a.presses('Start');
        await a.sees('Looking for a partner…');
        await until('one stands in line', async () => (await stack.waiting()) === 1);
        await a.shoots('searching');
        await a.presses('Cancel');
        await a.sees('Talk to somebody new.');
        await until('nobody stands in line', async () => (await stack.waiting()) === 0);
    });

    test(`${name}: two talk, see what was delivered, and who left`, async () => {
        const [a, b] = await talking(size);
        await a.tells('Hello, who is there?');
        await b.bubble('Hello, who is there?').waitFor();
        await b.tells('Somebody new.');
        await a.bubble('Somebody new.').waitFor();
        await a.box.pressSequentially('I am wri');
        await b.page.getByText('typing…').waitFor();
        await b.shoots('typing');
        await a.box.fill('');
        await b.page.getByText('typing…').waitFor({ state: 'hidden' });
        await a.tells('Nice to meet you.\nA second line.');
        await b.shoots('chat');

        await a.ends();
        await a.sees('You ended the chat.');
        await b.sees('Your partner left.');
        const said = ['Hello, who is there?', 'Somebody new.', 'Nice to meet you.\nA second line.'];
        assert.deepEqual(await a.texts(), said);
        assert.deepEqual(await b.texts(), said);
        await b.shoots('left');
        await a.presses('Close');
        await a.sees('Talk to somebody new.');

        const c = await Person.arrive(stack.url());
        await stack.queues(c);
        await b.presses('New chat');
        await b.sees('Your partner');
        assert.deepEqual(await b.texts(), []);
        await c.tells('Another one.');
        await b.bubble('Another one.').waitFor();
    });

    test(`${name}: after a skip each is where the next chat begins`, async () => {
        const [a, b] = await talking(size);
        await b.tells('Do not go!');
        await a.presses('Skip');
        await a.sees('Looking for a partner…');
        await b.sees('Your partner left.');
        assert.deepEqual(await b.texts(), ['Do not go!']);
        const c = await Person.arrive(stack.url());
        c.say('search');
        await a.sees('Your partner');
        assert.deepEqual(await a.texts(), []);
        await a.tells('Hello, next one.');
        assert.equal((await c.hears('message')).text, 'Hello, next one.');
        c.leaves();
        await a.sees('Your partner left.');
    });

    // Row 41.
    test(`${name}: what looks like markup is shown as it was written`, async () => {
        const [a, b] = await talking(size);
        const pieces = [
            '<img src=1 onerror=alert(1)>',
            '<script>alert(1)</script>',
            '<b>bold</b> & &lt;i&gt;',
            'javascript:alert(1)',
            'http://x/"onmouseover=alert(1)',
        ];
        for (const piece of pieces) {
            await a.tells(piece);
            await b.bubble(piece).waitFor();
        }
        for (const who of [a, b]) {
            assert.deepEqual(await who.texts(), pieces);
            assert.equal(await who.log.locator('img, script, b, a').count(), 0);
            // The one address that can be pressed ends before what would be markup.
            await who.log.locator('.link').waitFor();
            const found = await who.log.locator('.text *').evaluateAll((elements) =>
                elements.map((each) => [each.className, each.textContent]));
            assert.deepEqual(found, [['link', 'http://x/']]);
        }
        await b.shoots('markup');
    });

    // Row 45.
    test(`${name}: a text that turns round stays in its bubble`, async () => {
        const [a, b] = await talking(size);
        for (const text of ['evil\u202egpj.exe', '\u05e9\u05dc\u05d5\u05dd!', 'after it']) {
            await a.tells(text);
            await b.bubble(text).waitFor();
        }
        for (const who of [a, b]) {
            const places = [
                who.page.getByRole('heading', { name: 'Your partner' }),
                who.bubble('evil\u202egpj.exe').locator('time'),
                who.bubble('\u05e9\u05dc\u05d5\u05dd!').locator('time'),
                who.bubble('after it').locator('.text'),
            ];
            for (const place of places) {
                assert.ok(await runsToTheRight(place), await place.textContent());
            }
            const hebrew = who.bubble('\u05e9\u05dc\u05d5\u05dd!').locator('.text');
            assert.ok(!(await runsToTheRight(hebrew)));
        }
        await b.shoots('turned');
    });

    // Row 42.
    test(`${name}: the counter says when a text is too long`, async () => {
        const [a, b] = await talking(size);
        await a.box.fill('\u{1f600}'.repeat(250) + '!');
        await a.page.getByText('501/500').waitFor();
        await a.page.getByText('1 character too many').waitFor();
        assert.ok(await a.button('Send').isDisabled());
        await a.shoots('too-long');
        await a.box.press('Enter');
        await a.box.press('Backspace');
        await a.page.getByText('500/500').waitFor();
        assert.ok(await a.button('Send').isEnabled());
        await a.presses('Send');
        await b.bubble('\u{1f600}'.repeat(250)).waitFor();
        assert.equal((await b.texts()).length, 1);
        await b.shoots('long');
    });
}

// Row 46.
test('Enter that chooses a word sends nothing, the next one sends', async () => {
    const [a, b] = await talking(sizes.desk);
    const enter = (how) =>
        a.box.evaluate((box, more) => {
            const event = { key: 'Enter', bubbles: true, cancelable: true, ...more };
            return box.dispatchEvent(new KeyboardEvent('keydown', event));
        }, how);
    await a.box.fill('\u65e5\u672c');
    await enter({ isComposing: true });
    await enter({ keyCode: 229 });
    assert.equal(await a.box.inputValue(), '\u65e5\u672c');
    assert.deepEqual(await a.texts(), []);
    assert.equal(await enter({}), false);
    await b.bubble('\u65e5\u672c').waitFor();
    await a.tells('after it');
    assert.deepEqual(await b.texts(), ['\u65e5\u672c', 'after it']);
});

// Row 71.
test('the phone`s keyboard leaves the box in view', async () => {
    const [a] = await talking(sizes.phone);
    await a.page.setViewportSize({ width: 390, height: 450 });
    await a.box.click();
    await a.tells('with the keyboard up');
    const inView = await a.box.evaluate((box) => {
        const { top, bottom } = box.getBoundingClientRect();
        return top >= 0 && bottom <= window.innerHeight;
    });
    assert.ok(inView);
    const size = await a.box.evaluate((box) => parseFloat(getComputedStyle(box).fontSize));
    assert.ok(size >= 16);
    await a.shoots('keyboard');
});

// Rows 29 and 32.
test('the page comes back by itself when its gateway does', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    // It tries both transports while nobody is there.
    a.mayComplain = /WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED/;
    await stack.kill('gateway-1');
    await a.page.getByText('No connection. Trying again…').waitFor();
    await a.presses('Start');
    await a.sees('Connecting…');
    await a.shoots('connecting');
    await stack.revive('gateway-1');
    await a.sees('Looking for a partner…');
    const b = await Person.arrive(stack.url(2));
    b.say('search');
    await a.sees('Your partner');
});

// Whether each sign of a text stands to the right of the one before.
function runsToTheRight(locator) {
    return locator.evaluate((element) => {
        const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
        const lefts = Array.from(node.data, (_, i) => {
            const range = document.createRange();
            range.setStart(node, i);
            range.setEnd(node, i + 1);
            return range.getBoundingClientRect().left;
        });
        return lefts.every((left, i) => i === 0 || left >= lefts[i - 1]);
    });
}
