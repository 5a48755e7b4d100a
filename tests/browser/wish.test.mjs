// wish.test.mjs -- pages whose people wish for somebody: who meets, who does not, who is wanted back,
// and who is never to be met again.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openAddress } from '../system/address.mjs';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';
import { until } from '../system/wait.mjs';

const sizes = { phone: [390, 844], desk: [1280, 800] };
// Those who wish for something wait for it, and the two of a chat may meet again at once: whoever
// does not meet here is kept from it by the rule that is tested.
const settings = {
    ...{ INTEREST_WAIT_MS: '600000', AVOID_MS: '0', RECENT_PARTNERS: '0' },
    ...{ MESSAGES_PER_MINUTE: '0', SEARCHES_PER_MINUTE: '0' },
};

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({
        gateways: 3,
        settings: { WEB_ROOT, ...settings },
        special: { 'gateway-3': { SEARCH_LIMIT_MS: '2000' } },
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

const interests = (who) => who.page.getByRole('textbox', { name: 'Interests' });
const language = (who) => who.page.getByRole('combobox', { name: 'Language' });
const notice = (who, text) => who.page.getByText(text, { exact: true }).waitFor();
const inLine = (count) =>
    until(`${count} stand in line`, async () => (await stack.waiting()) === count);

const textsOf = (found) =>
    found.evaluateAll((elements) => elements.map(({ textContent }) => textContent));
// The interests that are chosen, and those that the two of a chat share.
const chosen = (who) => textsOf(who.page.getByRole('button', { name: /^Remove / }));
const shared = (who) => textsOf(who.page.locator('.shared li'));

// Everybody has a browser of their own.
function visitors(size, count = 2) {
    return Promise.all(Array.from({ length: count }, () => browser.visit(stack.url(), size)));
}

// Another tab of somebody's browser.
async function opensTab(who) {
    const page = await who.page.context().newPage();
    const tab = new who.constructor(page, stack.url(), who.width);
    await page.goto(stack.url());
    await tab.sees('Talk to somebody new.');
    return tab;
}

async function meet(both) {
    await Promise.all(both.map((who) => who.presses('Start')));
    await Promise.all(both.map((who) => who.sees('Your partner')));
    return both;
}

const talking = async (size) => meet(await visitors(size));

for (const [name, size] of Object.entries(sizes)) {
    test(`${name}: two who share an interest meet, past somebody who does not`, async () => {
        const [a, b] = await visitors(size);
        const other = await Person.arrive(stack.url());
        await stack.queues(other);
        await interests(a).fill('Board  games,tea, x');
        await interests(a).press('Enter');
        assert.deepEqual(await chosen(a), ['Board games', 'tea', 'x']);
        await a.shoots('wish');
        await a.presses('Start');
        await a.sees('Looking for a partner…');
        await notice(a, '2 people are looking right now, you among them.');
        await a.shoots('wish-searching');

        await interests(b).fill('rain');
        await interests(b).press('Enter');
        await interests(b).fill('board games'); // What is half typed counts.
        await b.presses('Start');
        for (const [who, spelled] of [[a, 'Board games'], [b, 'board games']]) {
            await who.sees('Your partner');
            await notice(who, 'You both like');
            assert.deepEqual(await shared(who), [spelled]);
        }
        await a.shoots('wish-shared');
        await inLine(1);
        assert.deepEqual(other.all('matched'), []);
    });

    test(`${name}: a skip is undone, and both go on where they were`, async () => {
        const [a, b] = await talking(size);
        await a.tells('First.');
        await b.tells('Second.');
        await a.presses('Skip');
        await b.sees('Your partner left.');
        await a.button('Undo skip').waitFor();
        await a.shoots('undo');
        await a.presses('Undo skip');
        for (const who of [a, b]) {
            await who.sees('Your partner');
            await who.box.waitFor();
            await notice(who, 'You are back with the same person.');
            assert.deepEqual(await who.texts(), ['First.', 'Second.']);
        }
        await a.tells('Sorry!');
        await b.tells('Never mind.');
        await a.bubble('Never mind.').waitFor();
        await a.shoots('again');

        // It is there after a reload, too, and the other may do the same.
        await a.page.reload();
        await a.bubble('Never mind.').waitFor();
        await a.page.getByText('Here with you').waitFor();
        await b.presses('Skip');
        await b.presses('Undo skip');
        await a.tells('There you are.');
        await b.bubble('There you are.').waitFor();
        const said = ['First.', 'Second.', 'Sorry!', 'Never mind.', 'There you are.'];
        for (const who of [a, b]) {
            assert.deepEqual(await who.texts(), said);
            assert.equal(await who.page.locator('.again').count(), 2);
        }
        await a.ends();
        await b.sees('Your partner left.');
        assert.deepEqual(await b.texts(), said);
    });

    test(`${name}: a blocked partner is not met again`, async () => {
        const [a, b] = await talking(size);
        await b.tells('Something unkind.');
        // Without a block the same two meet again.
        await a.ends();
        await a.presses('New chat');
        await b.presses('New chat');
        await Promise.all([a.sees('Your partner'), b.sees('Your partner')]);
        await b.box.waitFor();
        await b.tells('Again something unkind.');

        await a.considersBlock();
        await notice(a, 'Block this person?');
        await a.shoots('block');
        await a.presses('No');
        await a.page.getByText('Block this person?').waitFor({ state: 'hidden' });
        await a.tells('Stop it.');
        await a.considersBlock();
        await a.presses('Yes, block');
        await a.sees('You ended the chat.');
        await notice(a, 'You will not meet this person again.');
        await b.sees('Your partner left.');
        assert.deepEqual(await a.texts(), ['Again something unkind.', 'Stop it.']);
        assert.equal(await a.button('Block').count(), 0);
        await a.shoots('blocked');

        await a.presses('New chat');
        await inLine(1);
        await b.presses('New chat');
        await inLine(2);
        await notice(b, '2 people are looking right now, you among them.');
        const c = await Person.arrive(stack.url());
        c.say('search');
        await a.sees('Your partner');
        await c.hears('matched');
        await b.page.getByText('Looking for a partner…').waitFor();
        await inLine(1);
    });

    test(`${name}: a search that finds nobody says so, and can be tried again`, async () => {
        const a = await browser.visit(stack.url(3), size);
        await a.presses('Start');
        await a.page.getByText('Nobody else is looking right now.').waitFor();
        await a.page.getByText(/^Nobody was found in 0:0[2-9]\. You can try again\.$/).waitFor();
        await a.shoots('nobody');
        await inLine(0);
        await stack.queues(await Person.arrive(stack.url()));
        await a.presses('Try again');
        await a.sees('Your partner');
    });
}

test('two tabs of one browser do not meet, a third person meets one', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    const tab = await opensTab(a);
    await a.presses('Start');
    await inLine(1);
    await tab.presses('Start');
    await inLine(2);
    await notice(tab, '2 people are looking right now, you among them.');
    const b = await browser.visit(stack.url(), sizes.desk);
    await b.presses('Start');
    await b.sees('Your partner');
    await a.sees('Your partner'); // It has waited longest.
    await inLine(1);
    await tab.page.getByText('Looking for a partner…').waitFor();
    await a.tells('Only one of us.');
    await b.bubble('Only one of us.').waitFor();
    assert.deepEqual(tab.wrongs, []);
});

test('a partner who has found somebody else meanwhile cannot be had back', async () => {
    const [a, b] = await visitors(sizes.desk);
    for (const who of [a, b]) {
        await interests(who).fill('chess,');
    }
    await meet([a, b]);
    await a.presses('Skip');
    await b.sees('Your partner left.');
    // Only one of them still wishes for what nobody else does.
    await b.presses('Remove chess');
    const c = await Person.arrive(stack.url());
    c.say('search');
    await inLine(2);
    await b.presses('New chat');
    await c.hears('matched');
    await b.sees('Your partner');
    await b.box.waitFor();
    await a.presses('Undo skip');
    await notice(a, 'Your partner is no longer free');
    assert.equal(await a.button('Undo skip').count(), 0);
    await a.page.getByText('Looking for a partner…').waitFor();
    await inLine(1);
    await c.tells('Still here.');
    await b.bubble('Still here.').waitFor();
});

test('the partner who was just skipped can be blocked', async () => {
    const [a, b] = await talking(sizes.phone);
    await a.presses('Skip');
    await b.sees('Your partner left.');
    await a.presses('Block last partner');
    await a.presses('Yes, block');
    await notice(a, 'You will not meet this person again.');
    await a.page.getByText('Looking for a partner…').waitFor();
    assert.equal(await a.button('Undo skip').count(), 0);
    await b.presses('New chat');
    await inLine(2);
    await notice(b, '2 people are looking right now, you among them.');
});

test('a partner who has left can be blocked, and the wish be changed for the next', async () => {
    const [a, b] = await talking(sizes.desk);
    await b.ends();
    await a.sees('Your partner left.');
    await a.presses('Block');
    await a.page.keyboard.press('Escape');
    await a.page.getByText('Block this person?').waitFor({ state: 'hidden' });
    await a.presses('Block');
    await a.presses('Yes, block');
    await notice(a, 'You will not meet this person again.');
    await interests(a).fill('chess,');
    await b.presses('New chat');
    await inLine(1);
    const c = await Person.arrive(stack.url());
    await c.ask('search', { interests: ['CHESS'] });
    await inLine(2);
    await a.presses('New chat');
    await a.sees('Your partner');
    await c.hears('matched');
    assert.deepEqual(await shared(a), ['chess']);

    // That is all that the browser keeps, and nothing of what was said.
    await a.tells('A secret.');
    const held = await a.page.evaluate(() => ({ ...window.localStorage }));
    assert.deepEqual(Object.keys(held).sort(), ['browser', 'preferences', 'wish']);
    assert.match(held.browser, /^[0-9a-f]{24}$/);
    assert.deepEqual(JSON.parse(held.wish), { interests: ['chess'], language: '' });
});

test('a wish is made by keyboard, and remembered', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    await interests(a).focus();
    const { keyboard } = a.page;
    await keyboard.type('tea,Chess,CHESS,mistake,');
    assert.deepEqual(await chosen(a), ['tea', 'Chess', 'mistake']);
    await keyboard.press('Backspace');
    await keyboard.type('go');
    await keyboard.press('Enter');
    assert.deepEqual(await chosen(a), ['tea', 'Chess', 'go']);
    await keyboard.type('x'.repeat(33));
    await keyboard.press('Enter');
    await notice(a, 'Up to 32 characters each.');
    await interests(a).fill('');
    await a.button('Remove tea').focus();
    await keyboard.press('Enter');
    assert.deepEqual(await chosen(a), ['Chess', 'go']);
    assert.ok(await interests(a).evaluate((box) => box === document.activeElement));
    await language(a).selectOption('Deutsch');

    await a.page.reload();
    await a.sees('Talk to somebody new.');
    assert.deepEqual(await chosen(a), ['Chess', 'go']);
    assert.equal(await language(a).inputValue(), 'de');
    const tab = await opensTab(a);
    assert.deepEqual(await chosen(tab), ['Chess', 'go']);

    // Both go out with the search: those who lack the one or the other do not meet it.
    for (const wish of [{ interests: ['Chess'] }, { language: 'de' }]) {
        const other = await Person.arrive(stack.url());
        await other.ask('search', wish);
    }
    await inLine(2);
    await a.presses('Start');
    await inLine(3);
    const fits = await Person.arrive(stack.url());
    await fits.ask('search', { interests: ['chess'], language: 'de-AT' });
    await a.sees('Your partner');
    await fits.hears('matched');
});

test('eleven interests are one too many', async () => {
    const a = await browser.visit(stack.url(), sizes.phone);
    const ten = Array.from({ length: 10 }, (_, i) => `interest ${i}`);
    await interests(a).fill(`${ten.join(',')},more`);
    assert.deepEqual(await chosen(a), ten);
    await notice(a, 'Ten are enough: remove one first.');
    await a.presses('Remove interest 4');
    await interests(a).press('Enter');
    assert.deepEqual((await chosen(a)).slice(-1), ['more']);
});

test('another gateway learns how a search that goes on there is spelled', async () => {
    const address = await openAddress(stack.url(1));
    try {
        const a = await browser.visit(address.url, sizes.desk);
        a.mayComplain = /WebSocket connection to .* failed/;
        await interests(a).fill('Café,');
        await a.presses('Start');
        await inLine(1);
        address.turn(stack.url(2));
        await until('the second gateway has it', async () =>
            (await stack.metric('gateway-2', 'gateway_users')) === 1);
        await a.page.getByText('No connection').waitFor({ state: 'hidden' });
        await inLine(1);
        const b = await Person.arrive(stack.url());
        b.say('search', { interests: ['CAFE\u0301'] });
        await a.sees('Your partner');
        assert.deepEqual(await shared(a), ['Café']);
        assert.deepEqual((await b.hears('matched')).interests, ['CAFE\u0301']);
    } finally {
        address.close();
    }
});

test('a browser without localStorage talks, and wishes for as long as its page is there', async () => {
    const a = await browser.visit(stack.url(), sizes.desk);
    await a.page.addInitScript(() =>
        Object.defineProperty(window, 'localStorage', {
            get() {
                throw new DOMException('no', 'SecurityError');
            },
        }));
    await a.page.reload();
    await a.isWelcomed();
    await interests(a).fill('chess,');
    const b = await Person.arrive(stack.url());
    await b.ask('search', { interests: ['chess'] });
    await a.presses('Start');
    await a.sees('Your partner');
    assert.deepEqual(await shared(a), ['chess']);
});
