// storm.test.mjs -- thousands search in the same instant, and all are matched, each once.
//
// STORM says how many. How long it takes is printed, and not judged.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { isSanitized } from '../chaos/sanitized.mjs';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { Crowd } from './crowds.mjs';

const WANTED = Number(process.env.STORM ?? (isSanitized ? 1000 : 10_000));
const MOBS = 2; // Each at its own gateway.
const SPARE = 500; // Descriptors of a gateway beside those of people.
const MATCHED_MOST_MS = 60_000;
const SETTINGS = { LOG_LEVEL: 'info', ASAN_OPTIONS: 'quarantine_size_mb=16' };

let stack;
let crowd;
let count;

// As many as descriptors allow, an even number.
function countPeople() {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const most = Number(/Max open files\s+\d+\s+(\d+)/.exec(limits)?.[1] ?? Infinity);
    const all = Math.min(WANTED, MOBS * (most - SPARE));
    if (all < WANTED) {
        console.log(`only ${all} of ${WANTED}: a process may have ${most} descriptors`);
    }
    return Math.floor(all / MOBS / 2) * MOBS * 2;
}

async function matches() {
    const all = await Promise.all(stack.names('gateway').map((name) =>
        stack.metric(name, 'gateway_matches_total')));
    return all.reduce((sum, one) => sum + one, 0);
}

before(async () => {
    count = countPeople();
    stack = await Stack.start({ gateways: 2, matchers: 2, relays: 2, settings: SETTINGS });
    crowd = new Crowd(MOBS, count / MOBS);
    await crowd.arrive([stack.url(1), stack.url(2)]);
});
after(async () => {
    await crowd?.end();
    await stack?.stop();
});

// The gateways stand still until all have asked, so that all is there in the same instant however slow
// this machine is.
async function searchAtOnce() {
    const gateways = stack.names('gateway').map((name) => stack.get(name));
    gateways.forEach((gateway) => gateway.signal('SIGSTOP'));
    try {
        await crowd.ask('search');
    } finally {
        gateways.forEach((gateway) => gateway.signal('SIGCONT'));
    }
}

test('all search at once, and all are matched', async () => {
    await searchAtOnce();
    const began = performance.now();
    await until('all are matched', async () => (await matches()) >= count, MATCHED_MOST_MS);
    console.log(`${count} people, ${count / MOBS} at each of ${MOBS} gateways: the last was matched `
        + `${(performance.now() - began).toFixed(0)} ms after all had searched`);
});

test('each once, and with somebody else', async () => {
    let people;
    await until('all have been told', async () => {
        people = await crowd.ask('tell');
        return people.every(({ state }) => state === 'chatting');
    });
    const chats = new Map();
    people.forEach(({ chat }) => chats.set(chat, (chats.get(chat) ?? 0) + 1));
    assert.deepEqual([...chats].filter(([chat, told]) => !chat || told !== 2), []);
    assert.equal(people.length, count);
    assert.equal(await matches(), count);
    assert.equal(await stack.waiting(), 0);
    const select = 'select count (*)::int as "chats", count (distinct "userA")::int as "a", '
        + 'count (distinct "userB")::int as "b" from "ChatSession"';
    const half = count / 2;
    const wanted = { chats: half, a: half, b: half };
    const isDone = async () => (await stack.sql(select))[0].chats >= half;
    await until('all are on record', isDone, MATCHED_MOST_MS);
    assert.deepEqual((await stack.sql(select))[0], wanted);
});
