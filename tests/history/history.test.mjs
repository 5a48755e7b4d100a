// history.test.mjs -- hundreds of people do everything that can be done, at random, while one matcher
// after the other is killed; and a judge who knows nothing of the product finds nothing wrong with
// what they were told.
//
// HISTORY_OPS says how many requests, HISTORY_CLIENTS how many people; HISTORY_SEED repeats what they
// decide (not its timing).

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { delay } from '../chaos/faults.mjs';
import { History } from '../chaos/judge.mjs';
import { Chance } from '../protocol/chance.mjs';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { judge } from './judge.mjs';
import { keep, report } from './report.mjs';
import { readStores } from './stores.mjs';
import { Wanderer } from './wanderer.mjs';

const OPS = Number(process.env.HISTORY_OPS ?? 10_000);
const CLIENTS = Number(process.env.HISTORY_CLIENTS ?? 500);
const SEED = Number(process.env.HISTORY_SEED ?? randomInt(2 ** 32));
const BROWSERS = Math.ceil(CLIENTS * 0.4); // So that some have one in common.
const STRANGERS = 7; // One of so many does not say which it is.
const PAUSE_MOST_MS = 500; // Between the return of a matcher and the death of the next.
const SETTLE_MOST_MS = 60_000;

const AVOID_MS = 1000;
const INTEREST_WAIT_MS = 1000;
const SEARCH_LIMIT_MS = 900; // At the second gateway: nobody there turns to anybody before it is over.
const RECENT_PARTNERS = 3;
const SETTINGS = {
    AVOID_MS: String(AVOID_MS),
    INTEREST_WAIT_MS: String(INTEREST_WAIT_MS),
    RECENT_PARTNERS: String(RECENT_PARTNERS),
    SEARCH_LIMIT_MS: '0',
    MESSAGES_PER_MINUTE: '0',
    SEARCHES_PER_MINUTE: '0',
    PACKETS_PER_SECOND: '0',
    LOG_LEVEL: 'info',
    ASAN_OPTIONS: 'quarantine_size_mb=16',
};

const history = new History();
let stack;
let people = [];
let stores;
let rows = [];
let isOver = false;

const deedsOf = () => people.reduce((sum, { deeds }) => sum + deeds, 0);
const all = (state) => people.filter((person) => person.state === state);

// One matcher after the other dies and is started again.
async function killMatchers(chance) {
    const names = stack.names('matcher');
    let count = 0;
    for (; !isOver; count++) {
        const name = names[count % names.length];
        await stack.kill(name);
        await stack.revive(name);
        await delay(chance.below(PAUSE_MOST_MS));
    }
    return count;
}

// Everybody chats, but for some who search: each of these has asked twice since there are just so many
// left, so that they are who never meets.
function haveSettled() {
    const searching = all('searching');
    const names = searching.map(({ who }) => who).join(' ');
    if (names !== haveSettled.names) {
        const waits = new Map(searching.map((one) => [one, one.waits]));
        Object.assign(haveSettled, { names, waits });
    }
    const chatting = all('chatting');
    return searching.every((one) => one.waits > haveSettled.waits.get(one) + 1)
        && chatting.length + searching.length === CLIENTS
        && new Set(chatting.map(({ chat }) => chat)).size === chatting.length / 2
        && people.every(({ isAnswered }) => isAnswered);
}

// Waits until what is read is right; if it stays wrong, says what it is.
async function becomes(what, read, isRight) {
    let last;
    await until(what, async () => isRight(last = await read()))
        .catch((error) => assert.fail(`${error.message}; it is ${JSON.stringify(last)}`));
}

before(async () => {
    console.log(`HISTORY_SEED=${SEED}`);
    const counts = { gateways: 2, matchers: 4, relays: 2, recorders: 2 };
    const special = { 'gateway-2': { SEARCH_LIMIT_MS: String(SEARCH_LIMIT_MS) } };
    stack = await Stack.start({ ...counts, settings: SETTINGS, special });
    const ports = [1, 2].map((n) => Number(new URL(stack.url(n)).port));
    const browsers = Array.from({ length: BROWSERS }, (_, i) =>
        (i % STRANGERS === 0 ? null : `browser-${i}`));
    people = Array.from({ length: CLIENTS }, (_, i) => new Wanderer({
        ...{ name: `p${i}`, history, ports, browsers },
        chance: new Chance(Math.imul(SEED ^ i, 0x9e3779b1)),
    }));
});
after(async () => {
    isOver = true;
    people.forEach((person) => person.state !== 'away' && person.leaves());
    await stack?.stop();
    keep(history.events, 'history');
    keep(rows, 'records');
});

test('people do everything that can be done', async () => {
    const began = performance.now();
    const killing = killMatchers(new Chance(SEED));
    await Promise.race([
        Promise.all(people.map((person) => person.wander(() => deedsOf() >= OPS))),
        until('enough is done', () => deedsOf() >= OPS, Infinity),
    ]);
    isOver = true;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`${deedsOf()} requests within ${seconds} s; ${await killing} matchers were killed`);
});

test('then all but who never meet are in a chat', async () => {
    let settled = false;
    const settling = Promise.all(people.map((person) => person.settle(() => settled)));
    // Whoever is not settled is seen by the judge.
    const done = until('all have settled', haveSettled, SETTLE_MOST_MS).catch(() => {});
    await Promise.race([settling, done]);
    history.note('finish');
    stores = await readStores(stack);
    settled = true;
    await settling;
    assert.ok(all('chatting').length > 0);
});

test('it is known how many are here, and everybody is told, within a hundredth', async () => {
    const known = async () => Object.values(await stack.redis('hgetall', 'online'))
        .map((entry) => Number(entry.split(' ')[0]));
    const isAll = (counts) => counts.reduce((sum, count) => sum + count, 0) === CLIENTS;
    await becomes(`${CLIENTS} are here`, known, isAll);
    const told = () => people.map(({ online }) => online ?? 0)
        .filter((online) => Math.abs(online - CLIENTS) > CLIENTS / 100);
    await becomes('nobody is told wrongly', told, ({ length }) => length === 0);
});

test('everybody goes, and Redis keeps nothing but what expires', async () => {
    people.forEach((person) => person.leaves());
    const outbox = () => stack.redis('xlen', 'records');
    await becomes('the outbox is empty', outbox, (length) => length === 0);
    await becomes('all that is left expires', () => stack.lastingKeys(), (keys) =>
        keys.length === 1 && keys[0] === 'records');
});

test('nothing that they were told is wrong', async () => {
    rows = await stack.sql('select "id", "userA", "userB", "endedAt" from "ChatSession"');
    const settings = {
        avoidMs: AVOID_MS,
        interestWaitMs: INTEREST_WAIT_MS,
        searchLimitMs: SEARCH_LIMIT_MS,
        recent: RECENT_PARTNERS,
    };
    const judged = judge(history, { settings, rows, stores });
    assert.deepEqual(report(history, judged), {});
    assert.ok(judged.counts.chats > OPS / 20);
});
