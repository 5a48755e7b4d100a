// crowd.test.mjs -- thousands lose their gateway in the same instant, and all go on at the other one.
//
// CROWD says how many.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stack } from '../system/stack.mjs';
import { until, within } from '../system/wait.mjs';
import { SETTINGS } from './party.mjs';
import { isSanitized } from './sanitized.mjs';

const CROWD = Number(process.env.CROWD ?? (isSanitized ? 1500 : 5000));
const BACK_MS = 15_000;
const ANSWER_MS = 90_000;
const MOBS = 2;
const SPARE = 500; // Descriptors beside those of people.

// Of each mob. Half chats; some begin to search in the instant when they lose their gateway; one of
// all stands in line already; and the rest does nothing.
const EACH = Math.floor(CROWD / MOBS / 4) * 4;
const CHATTING = { from: 0, to: EACH / 2 };
const SEARCHING = { from: EACH / 2, to: EACH / 2 + Math.floor(EACH / 40) * 2 };
const WAITING = { from: EACH - 1, to: EACH };

class Mob {
    #waiting = new Map();
    #next = 0;

    constructor() {
        const path = fileURLToPath(new URL('mob.mjs', import.meta.url));
        // A process that is forked ends with its parent's channel.
        this.child = fork(path, { execArgv: [] });
        this.child.on('message', ({ id, answer, error }) => {
            const { tell, fail } = this.#waiting.get(id);
            this.#waiting.delete(id);
            error ? fail(new Error(error)) : tell(answer);
        });
        this.ended = new Promise((tell) => this.child.once('exit', tell));
    }

    ask(what, rest = {}) {
        const id = this.#next++;
        const answer = new Promise((tell, fail) => this.#waiting.set(id, { tell, fail }));
        this.child.send({ id, what, ...rest });
        return within(`an answer to ${what}`, answer, ANSWER_MS);
    }

    end() {
        this.child.kill();
        return this.ended;
    }
}

let stack;
let mobs = [];
let earlier; // What everybody knew before the end of their gateway.

const askAll = (what, rest) => Promise.all(mobs.map((mob) => mob.ask(what, rest)));
const tellAll = async () => (await askAll('tell')).flat();
const isOf = (group) => (_, i) => i % EACH >= group.from && i % EACH < group.to;
const percent = (sorted, share) => sorted[Math.floor((sorted.length - 1) * share)].toFixed(0);

// The two of a chat are two, and each chat has two.
function assertPaired(people) {
    const chats = new Map();
    people.forEach(({ chat }) => chats.set(chat, (chats.get(chat) ?? 0) + 1));
    assert.deepEqual([...chats].filter(([chat, count]) => !chat || count !== 2), []);
}

before(async () => {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const most = Number(/Max open files\s+\d+\s+(\d+)/.exec(limits)?.[1] ?? Infinity);
    assert.ok(most >= CROWD + SPARE, `${CROWD} people need ulimit -Hn ${CROWD + SPARE}`);
    const counts = { gateways: 2, matchers: 2, relays: 2, recorders: 1 };
    stack = await Stack.start({ ...counts, settings: SETTINGS });
    mobs = Array.from({ length: MOBS }, () => new Mob());
});
after(async () => {
    await Promise.all(mobs.map((mob) => mob.end()));
    await stack?.stop();
});

test('a crowd comes to one gateway, and half of it chats', async () => {
    const urls = [stack.url(1), stack.url(2)];
    const began = performance.now();
    await Promise.all(mobs.map((mob, i) =>
        mob.ask('arrive', { urls, count: EACH, first: i * EACH })));
    console.log(`${MOBS * EACH} came within ${(performance.now() - began).toFixed(0)} ms`);
    assert.equal(await stack.metric('gateway-1', 'gateway_users'), MOBS * EACH);
    await askAll('search', CHATTING);
    await until('half of them chat', async () => {
        earlier = await tellAll();
        return earlier.filter(isOf(CHATTING)).every(({ state }) => state === 'chatting');
    });
    assertPaired(earlier.filter(isOf(CHATTING)));
    await mobs[0].ask('search', WAITING);
    await until('one stands in line', async () => (await stack.waiting()) === 1);
});

test('their gateway is killed: all are back in time, where they were', async (t) => {
    await askAll('search', SEARCHING);
    await stack.kill('gateway-1');
    let people;
    await until('all are back', async () => {
        people = await tellAll();
        return people.every(({ state, backMs }) => state !== 'away' && backMs !== null);
    }, 2 * BACK_MS);
    const times = people.map(({ backMs }) => backMs).sort((a, b) => a - b);
    const tries = Math.max(...people.map((person) => person.tries));
    const said = `back after ${percent(times, 0.5)} ms (half), ${percent(times, 0.99)} ms (99 of 100), `
        + `${percent(times, 1)} ms (all), in ${tries} attempts at most`;
    console.log(said);
    assert.ok(times.at(-1) < BACK_MS, said);

    const known = ({ state, chat }) => ({ state, chat });
    const same = (group) => {
        const [then, now] = [earlier, people].map((all) => all.filter(isOf(group)).map(known));
        const lost = now.filter((one, i) => JSON.stringify(one) !== JSON.stringify(then[i]));
        assert.deepEqual(lost.slice(0, 3), [], `${lost.length} are not where they were`);
    };
    await t.test('who chatted is in the same chat', () => same(CHATTING));
    await t.test('who did nothing is idle', () => same({ from: SEARCHING.to, to: EACH - 1 }));
    await t.test('who stood in line does so, or was matched', () =>
        assert.notEqual(people[WAITING.from].state, 'idle'));
});

test('whoever searched in that instant is matched', async () => {
    let chatting;
    await askAll('searchOn', SEARCHING);
    await until('all but the odd one are matched', async () => {
        const people = await tellAll();
        const searched = [...people.filter(isOf(SEARCHING)), people[WAITING.from]];
        chatting = searched.filter(({ state }) => state === 'chatting');
        return chatting.length === searched.length - 1;
    });
    assertPaired(chatting);
    assert.equal(await stack.waiting(), 1);
});

test('all who chat can talk', async () => {
    const answers = (await askAll('speak', CHATTING)).flat();
    assert.deepEqual(answers.filter(({ error }) => error).slice(0, 3), []);
    const people = (await tellAll()).filter(isOf(CHATTING));
    for (const { chat, heard } of people) {
        assert.equal(heard.length, 1);
        assert.ok(heard[0].startsWith(chat));
    }
});
