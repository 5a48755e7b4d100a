// reload.test.mjs -- pages that are loaded anew, and tabs that are copied, in mid-chat.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';
import { until } from '../system/wait.mjs';

const sizes = { phone: [390, 844], desk: [1280, 800] };
// It has to hold a reload on a slow machine.
const RECOVERY_WINDOW_MS = '3000';

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        gateways: 2,
        settings: {
            ...{ WEB_ROOT, RECOVERY_WINDOW_MS },
            ...{ MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
        },
    });
});
afterEach(async () => {
    try {
        await browser.leave();
    } finally {
        await Person.allLeave({ names: () => [] }); // Nobody waits for those who may come back.
        await until('nobody stands in line', async () => (await stack.waiting()) === 0);
    }
});
after(async () => {
    await browser?.close();
    await stack?.stop();
});

// Somebody with a page, in a chat with a person who has none.
async function talking(size = sizes.desk) {
    const a = await browser.visit(stack.url(1), size);
    const b = await Person.arrive(stack.url(2));
    await a.presses('Start');
    await a.sees('Looking for a partner…');
    b.say('search');
    await a.sees('Your partner');
    await b.hears('matched');
    return [a, b];
}

// Loads the page anew. What happens meanwhile happens while the old page is gone and the new one
// has not begun.
async function reloads(who, meanwhile) {
    if (meanwhile) {
        const goOn = async (route) => {
            await meanwhile();
            await route.continue();
        };
        await who.page.route('**/assets/*.js', goOn, { times: 1 });
    }
    await who.page.reload();
}

// All texts that a person was sent. A page may know of a delivery before the person hears it.
async function texts(person) {
    await person.catchesUp();
    return person.all('message').map(({ text }) => text);
}

// How often a person was told that the partner went away, came back, and left.
async function comings(person) {
    await person.catchesUp();
    const events = ['partner_away', 'partner_back', 'partner_left'];
    return events.map((event) => person.all(event).length);
}

const delivered = (who, text) => who.bubble(text).and(who.page.locator('.delivered')).waitFor();

// What the tab keeps.
const kept = (who) => who.page.evaluate(() => ({ ...window.sessionStorage }));

for (const [name, size] of Object.entries(sizes)) {
    test(`${name}: a chat goes on over a reload, with all that was said meanwhile`, async () => {
        const [a, b] = await talking(size);
        await a.tells('Are you a morning person?');
        await b.tells('Not at all.');
        await b.tells('And you?');
        await a.tells('Give me an hour and a coffee.');
        const said = await a.texts();
        let meanwhile;
        await reloads(a, async () => {
            await b.hears('partner_away');
            meanwhile = [b.tells('Which kind?'), b.tells('I like it black.', { id: 'm' })];
        });
        await a.sees('Your partner');
        said.push('Which kind?', 'I like it black.');
        await Promise.all(meanwhile);
        await b.hears('partner_back');
        await a.bubble('I like it black.').waitFor();
        assert.deepEqual(await a.texts(), said);

        await a.tells('With milk, please.');
        assert.equal(await a.page.locator('.message:not(.partner, .delivered)').count(), 0);
        await a.shoots('reloaded');
        assert.deepEqual([...said, 'With milk, please.'], await a.texts());
        assert.deepEqual(await comings(b), [1, 1, 0]);
        assert.equal((await texts(b)).length, 3);
    });

    test(`${name}: the chat is there at once, and waits for its gateway`, async () => {
        const [a, b] = await talking(size);
        await a.tells('Before it.');
        await b.tells('Yes?');
        await a.box.fill('Half a sen');
        let answer;
        const answered = new Promise((tell) => (answer = tell));
        await a.page.routeWebSocket('**/socket.io/**', async (socket) => {
            await answered;
            socket.connectToServer();
        });
        await reloads(a);
        await a.bubble('Yes?').waitFor();
        await a.page.getByText('Reconnecting…').waitFor();
        assert.deepEqual(await a.texts(), ['Before it.', 'Yes?']);
        assert.equal(await a.box.inputValue(), 'Half a sen');
        await a.writes('Written meanwhile.');
        await a.bubble('Written meanwhile.').and(a.page.locator('.unsent')).waitFor();
        await a.shoots('reconnecting');

        answer();
        await delivered(a, 'Written meanwhile.');
        await a.page.getByText('Here with you').waitFor();
        await a.page.getByText('Reconnecting…').waitFor({ state: 'hidden' });
        assert.deepEqual(await texts(b), ['Before it.', 'Written meanwhile.']);
        assert.deepEqual(await comings(b), [1, 1, 0]);
    });

    test(`${name}: a second tab takes the chat over, and the first does not fight`, async () => {
        const [a, b] = await talking(size);
        await a.tells('In the first tab.');
        await canHurry(a);
        let tries = 0;
        a.page.on('request', (request) => (tries += request.url().includes('/socket.io/')));
        a.page.on('websocket', () => tries++);
        await a.page.evaluate(() => (window.hurries = true));
        const second = await opensSecondTab(a);
        await second.bubble('In the first tab.').waitFor();
        await a.sees('This chat goes on in another tab.');
        await a.shoots('elsewhere');

        await second.tells('In the second tab.');
        await b.tells('There, too?');
        await second.bubble('There, too?').waitFor();
        assert.deepEqual(await second.texts(), [
            'In the first tab.',
            'In the second tab.',
            'There, too?',
        ]);
        assert.equal(tries, 0);
        assert.deepEqual(await kept(a), {});
        await until('one session is left', async () =>
            (await stack.metric('gateway-1', 'gateway_sessions')) === 1);
        assert.deepEqual(await texts(b), ['In the first tab.', 'In the second tab.']);
        await a.page.getByText('This chat goes on in another tab.').waitFor();

        await a.page.evaluate(() => (window.hurries = false));
        await a.presses('New chat here');
        await a.sees('Looking for a partner…');
        const c = await Person.arrive(stack.url(2));
        c.say('search');
        await a.sees('Your partner');
        assert.deepEqual(await a.texts(), []);
        await a.tells('Somebody else.');
        await second.tells('Still here.');
        assert.deepEqual(await texts(c), ['Somebody else.']);
        assert.equal((await texts(b)).at(-1), 'Still here.');
        const [wentAway, , left] = await comings(b);
        assert.deepEqual([wentAway, left], [1, 0]); // Away at the reload only.
        assert.deepEqual(second.wrongs, []);
    });
}

// Loads the page anew as one on which whatever it waits for comes at once, from when it is told
// so: if it tries anything later, it tries it now.
async function canHurry(visitor) {
    await visitor.page.addInitScript(() => {
        const { setTimeout } = window;
        window.setTimeout = (what, ms, ...rest) =>
            setTimeout(what, window.hurries ? 0 : ms, ...rest);
    });
    await reloads(visitor);
    await visitor.page.getByText('Here with you').waitFor();
}

// The tab's copy, as a browser makes it: with a copy of what the tab keeps.
async function opensSecondTab(visitor) {
    const [page] = await Promise.all([
        visitor.page.waitForEvent('popup'),
        visitor.page.evaluate(() => void window.open(window.location.href)),
    ]);
    const Visitor = visitor.constructor;
    return new Visitor(page, visitor.page.url(), visitor.width);
}

test('a page that is loaded anew again and again loses nothing and repeats nothing', async () => {
    const [a, b] = await talking();
    const said = [];
    const toldMeanwhile = [];
    for (let round = 0; round < 4; round++) {
        said.push(`a, round ${round}`, `b, round ${round}`);
        await a.tells(said.at(-2));
        await reloads(a, async () => {
            await b.hears('partner_away');
            toldMeanwhile.push(b.tells(said.at(-1)));
        });
        await a.bubble(said.at(-1)).waitFor();
    }
    await Promise.all(toldMeanwhile);
    await a.tells('the end');
    assert.deepEqual(await a.texts(), [...said, 'the end']);
    assert.deepEqual(await texts(b), [0, 1, 2, 3].map((n) => `a, round ${n}`).concat('the end'));
    assert.deepEqual(await comings(b), [4, 4, 0]);
});

test('what is not confirmed at a reload arrives once', async () => {
    const [a, b] = await talking();
    b.breaks();
    await a.page.getByText('is interrupted').waitFor();
    await a.writes('waits for you');
    await a.bubble('waits for you').and(a.page.locator('.sending')).waitFor();
    await reloads(a);
    await a.bubble('waits for you').and(a.page.locator('.sending')).waitFor();
    await b.comesBack();
    await delivered(a, 'waits for you');
    await a.tells('and is there');
    assert.deepEqual(await texts(b), ['waits for you', 'and is there']);
    assert.deepEqual(await a.texts(), ['waits for you', 'and is there']);
});

test('what is written in the moment of a reload arrives once', async () => {
    const [a, b] = await talking();
    const said = [];
    for (let round = 0; round < 4; round++) {
        said.push(`in a hurry, round ${round}`);
        await a.box.fill(said.at(-1));
        const enter = (box) => {
            const event = { key: 'Enter', bubbles: true, cancelable: true };
            box.dispatchEvent(new KeyboardEvent('keydown', event));
            window.location.reload();
        };
        await Promise.all([a.page.waitForEvent('load'), a.box.evaluate(enter)]);
        await delivered(a, said.at(-1));
    }
    assert.deepEqual(await texts(b), said);
    assert.deepEqual(await a.texts(), said);
    assert.equal((await comings(b))[2], 0);
});

test('a search goes on over a reload', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    await a.presses('Start');
    await until('one stands in line', async () => (await stack.waiting()) === 1);
    await reloads(a, () =>
        until('nobody stands in line', async () => (await stack.waiting()) === 0));
    await a.sees('Looking for a partner…');
    await until('one stands in line', async () => (await stack.waiting()) === 1);
    const b = await Person.arrive(stack.url(2));
    b.say('search');
    await a.sees('Your partner');
    await a.tells('Found you.');
    assert.equal((await b.hears('message')).text, 'Found you.');
});

test('after the window the chat is over, stays to be read, and a new one can begin', async () => {
    const [a, b] = await talking();
    await a.tells('Hold the line.');
    await b.tells('I will.');
    await a.bubble('I will.').waitFor(); // It is delivered before the page has heard it.
    await a.page.goto('about:blank');
    assert.equal((await b.hears('partner_left')).reason, 'disconnected');
    await a.page.goto(stack.url(1));
    await a.sees('The connection was lost, and this chat is over.');
    assert.deepEqual(await a.texts(), ['Hold the line.', 'I will.']);
    await reloads(a);
    await a.sees('The connection was lost, and this chat is over.');
    assert.deepEqual(await a.texts(), ['Hold the line.', 'I will.']);

    const c = await Person.arrive(stack.url(2));
    await stack.queues(c);
    await a.presses('New chat');
    await a.sees('Your partner');
    await c.hears('matched');
    assert.deepEqual(await a.texts(), []);
    await a.tells('Hello again.');
    assert.deepEqual(await texts(c), ['Hello again.']);
    assert.equal((await comings(b))[2], 1);
});

test('a partner who ends the chat during a reload is gone after it', async () => {
    const [a, b] = await talking();
    await b.tells('Bye.');
    await reloads(a, async () => {
        await b.hears('partner_away');
        await b.ask('end_chat');
    });
    await a.sees('Your partner left.');
    assert.deepEqual(await a.texts(), ['Bye.']);
});

test('what is over is not kept', async () => {
    const [a] = await talking();
    await a.tells('Something.');
    assert.match(JSON.stringify(await kept(a)), /Something\./);
    await a.ends();
    await a.sees('You ended the chat.');
    await a.presses('Close');
    await a.sees('Talk to somebody new.');
    assert.deepEqual(await kept(a), {});
    await reloads(a);
    await a.sees('Talk to somebody new.');
    // What outlives the chat says nothing of it: by what name the browser meets no tab of its own, and
    // how its user wants the page.
    const held = await a.page.evaluate(() => Object.keys(window.localStorage).sort());
    assert.deepEqual(held, ['browser', 'preferences']);
});

test('what is kept and is no chat is put away', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    await a.page.evaluate(() => window.sessionStorage.setItem('chat', '{"kept":{}}'));
    await reloads(a);
    await a.sees('Talk to somebody new.');
    await until('it is gone', async () => Object.keys(await kept(a)).length === 0);
});

test('a browser without sessionStorage talks, and begins anew at a reload', async () => {
    const a = await browser.visit(stack.url(1), sizes.desk);
    await a.page.addInitScript(() =>
        Object.defineProperty(window, 'sessionStorage', {
            get() {
                throw new DOMException('no', 'SecurityError');
            },
        }));
    await reloads(a);
    const b = await Person.arrive(stack.url(2));
    await stack.queues(b);
    await a.presses('Start');
    await a.sees('Your partner');
    await a.tells('Hello.');
    await reloads(a);
    await a.sees('Talk to somebody new.');
    await b.hears('partner_away');
});
