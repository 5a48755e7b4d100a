// net.test.mjs -- pages on bad networks: the same chat goes on, nothing is lost, nothing comes twice.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { openAddress } from '../system/address.mjs';
import { Person } from '../system/person.mjs';
import { Stack } from '../system/stack.mjs';
import { Browser, WEB_ROOT } from '../system/visitor.mjs';

const phone = [390, 844];
const settings = {
    WEB_ROOT,
    RECOVERY_WINDOW_MS: '15000', // What the page counts down from.
    DRAIN_MS: '1000',
    MESSAGES_PER_MINUTE: '0',
    SEARCHES_PER_MINUTE: '0',
};
const BROKEN = /WebSocket connection to .* failed|net::ERR_/;

let stack;
let browser;

before(async () => {
    browser = await Browser.open();
    stack = await Stack.start({ gateways: 2, settings });
});
afterEach(async () => {
    try {
        await browser.leave();
    } finally {
        await Person.allLeave({ names: () => [] }); // Nobody waits for those who may come back.
    }
});
after(async () => {
    await browser?.close();
    await stack?.stop();
});

// Two pages that talk, the first by way of that address.
async function talking(url) {
    const a = await browser.visit(url, phone);
    const b = await browser.visit(stack.url(2), phone);
    a.mayComplain = BROKEN;
    await Promise.all([a, b].map((who) => who.presses('Start')));
    await Promise.all([a, b].map((who) => who.box.waitFor()));
    await a.tells('Before it.');
    await b.tells('So far, so good.');
    return [a, b];
}

const delivered = (who, text) => who.bubble(text).and(who.page.locator('.delivered')).waitFor();

// Both say something while they cannot reach each other.
async function writeMeanwhile(a, b) {
    await a.writes('From the dark.');
    await a.bubble('From the dark.').and(a.page.locator('.unsent')).waitFor();
    await b.writes('Are you there?');
    await b.bubble('Are you there?').and(b.page.locator('.sending')).waitFor();
}

async function bothHaveEverything(a, b) {
    await Promise.all([delivered(a, 'From the dark.'), delivered(b, 'Are you there?')]);
    await a.tells('After it.');
    await b.bubble('After it.').waitFor();
    const said = ['After it.', 'Are you there?', 'Before it.', 'From the dark.', 'So far, so good.'];
    assert.deepEqual((await a.texts()).sort(), said);
    assert.deepEqual((await b.texts()).sort(), said);
    assert.equal(await a.page.getByText('left').count(), 0);
}

test('a network that is off for more than five seconds', async () => {
    const [a, b] = await talking(stack.url(1));
    await a.page.context().setOffline(true);
    await a.page.getByText('You are offline. What you write waits').waitFor();
    await writeMeanwhile(a, b);
    await b.page.getByText('up to 9 s').waitFor();
    await a.page.context().setOffline(false);
    await a.page.getByText('You are offline').waitFor({ state: 'hidden' });
    await bothHaveEverything(a, b);
});

test('a connection that dies without a word, while nobody looks', async () => {
    const address = await openAddress(stack.url(1));
    try {
        const [a, b] = await talking(address.url);
        await a.looks(true);
        address.freeze();
        const another = a.page.waitForEvent('websocket');
        await a.looks(false);
        await another;
        await a.page.getByText('Here with you').waitFor();
        await a.tells('Here again.');
        await b.bubble('Here again.').waitFor();
        assert.equal(await a.page.locator('.notice').count(), 0);
    } finally {
        address.close();
    }
});

test('a connection that dies without a word, while somebody writes', async () => {
    const address = await openAddress(stack.url(1));
    try {
        const [a, b] = await talking(address.url);
        address.freeze();
        await a.tells('Into the void?');
        await b.bubble('Into the void?').waitFor();
        assert.equal(await b.bubble('Into the void?').count(), 1);
    } finally {
        address.close();
    }
});

test('a question whether anybody answers changes nothing', async () => {
    const a = await browser.visit(stack.url(1), phone);
    const quiet = async () => {
        await a.looks(true);
        await a.looks(false);
    };
    await quiet();
    await a.presses('Start');
    await a.sees('Looking for a partner…');
    await quiet();
    const b = await Person.arrive(stack.url(2));
    b.say('search');
    await a.box.waitFor();
    await quiet();
    await a.tells('Still here.');
    assert.equal((await b.hears('message')).text, 'Still here.');
    b.leaves();
    await a.sees('Your partner left.');
    await quiet();
    await a.presses('Close');
    await quiet();
    await a.sees('Talk to somebody new.');
    await a.presses('Start');
    await a.sees('Looking for a partner…');
    assert.equal(await a.page.locator('.notice').count(), 0);
});

// It ends a gateway, so it is the last.
test('a gateway that is killed', async () => {
    const address = await openAddress(stack.url(1));
    try {
        const [a, b] = await talking(address.url);
        await stack.kill('gateway-1');
        await a.page.getByText('No connection').waitFor();
        await writeMeanwhile(a, b);
        address.turn(stack.url(2));
        await bothHaveEverything(a, b);
    } finally {
        address.close();
        await stack.revive('gateway-1');
    }
});
