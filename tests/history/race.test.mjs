// race.test.mjs -- two things at once, in one TCP segment or from both sides of a chat, a thousand
// times each: whoever is left is told so once, whoever left is not, and the next search works.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { History } from '../chaos/judge.mjs';
import { isSanitized } from '../chaos/sanitized.mjs';
import { Stack } from '../system/stack.mjs';
import { until } from '../system/wait.mjs';
import { judge } from './judge.mjs';
import { keep, report } from './report.mjs';
import { readStores } from './stores.mjs';
import { Witness } from './witness.mjs';

const TIMES = isSanitized ? 150 : 1000;
const PAIRS = 50; // At the same time.
const SETTLE_MOST_MS = 30_000;
const SETTINGS = {
    AVOID_MS: '0',
    MESSAGES_PER_MINUTE: '0',
    SEARCHES_PER_MINUTE: '0',
    PACKETS_PER_SECOND: '0',
    LOG_LEVEL: 'info',
    ASAN_OPTIONS: 'quarantine_size_mb=16',
};

const history = new History();
let stack;
let ports;
let people = [];
let texts = 0;

// --- Before and after ---

async function goesOn(person, i) {
    if (person.state === 'away') {
        const port = ports[i % ports.length];
        await (person.mayComeBack ? person.comeBack(port) : person.arrive(port));
    } else if (person.state === 'idle' && person.isAnswered) {
        await person.ask('search');
    }
}

// Everybody is in a chat with somebody.
async function settle() {
    const isDone = (person) => person.state === 'chatting' && person.isAnswered;
    await until('everybody chats', async () => {
        await Promise.all(people.map(goesOn));
        return people.every(isDone);
    }, SETTLE_MOST_MS);
}

function pairs() {
    const chats = new Map();
    people.forEach((person) => chats.set(person.chat, [...chats.get(person.chat) ?? [], person]));
    assert.equal(chats.size, PAIRS);
    return [...chats.values()];
}

// --- What was told since `mark` ---

const mark = () => history.events.length;

function heardSince(from, { who }, kind, chat = null) {
    return history.events.slice(from).filter((event) =>
        event.who === who && event.kind === kind && (!chat || event.chat === chat));
}

const meanings = (answers) => answers.map(({ status, error }) => status ?? error.code);
const isLeft = (person, chat) => until('it is left', () => person.chat !== chat);

// A text that nobody may hear.
function secret(chatId = null) {
    const text = `text ${texts++}`;
    return ['message', { text, ...chatId && { chatId } }];
}

// --- The races ---

// `b` was left once, and `a` was told nothing of that, all the time until everybody chats again.
function assertLeft(from, chat, a, b) {
    assert.equal(heardSince(from, b, 'parted', chat).length, 1);
    assert.equal(heardSince(from, a, 'parted', chat).length, 0);
}

const alone = (race) => async (a, b) => {
    const { chat } = a;
    await a.ask('end_chat');
    await isLeft(b, chat);
    await Promise.all([race(a), race(b)]);
};

async function searchAndEnd(person) {
    const from = mark();
    const answers = await person.askAll(['search'], ['end_chat']);
    assert.deepEqual(meanings(answers), ['waiting', 'idle']);
    assert.equal(person.state, 'idle');
    assert.deepEqual(heardSince(from, person, 'matched'), []);
}

const skipAndWrite = (isNamed) => async (a, b) => {
    const { chat } = a;
    const from = mark();
    const answers = await a.askAll(['skip', { chatId: chat }], secret(isNamed ? chat : null));
    assert.deepEqual(meanings(answers), ['waiting', isNamed ? 'chat_over' : 'not_in_chat']);
    await isLeft(b, chat);
    return () => assertLeft(from, chat, a, b);
};

// The text for the old chat is on its way while a third one is found.
async function skipAndWriteToThird(a, b) {
    const { chat } = a;
    const from = mark();
    const met = new Promise((tell) => {
        a.onChange = () => a.chat && a.chat !== chat && tell(a.askAll(secret(chat)));
    });
    assert.deepEqual(meanings([await a.ask('skip')]), ['waiting']);
    assert.deepEqual(meanings(await met), ['chat_over']);
    a.onChange = null;
    await isLeft(b, chat);
    return () => assertLeft(from, chat, a, b);
}

const skipThrice = (isNamed) => async (a, b) => {
    const { chat } = a;
    const from = mark();
    const skip = ['skip', isNamed ? { chatId: chat } : {}];
    const rest = isNamed ? 'chat_over' : 'waiting';
    assert.deepEqual(meanings(await a.askAll(skip, skip, skip)), ['waiting', rest, rest]);
    await isLeft(b, chat);
    return () => {
        assertLeft(from, chat, a, b);
        assert.ok(heardSince(from, a, 'matched').length <= 1);
    };
};

// Each has left by itself, or was left before it could.
const bothAtOnce = (what, status) => async (a, b) => {
    const { chat } = a;
    const from = mark();
    const answers = await Promise.all([a, b].map((one) => one.ask(what)));
    assert.deepEqual(meanings(answers), [status, status]);
    return () => {
        const told = [a, b].map((one) => heardSince(from, one, 'parted', chat).length);
        assert.ok(told[0] + told[1] <= 1, `${told}`);
    };
};

const skipAndGo = (go) => async (a, b) => {
    const { chat } = a;
    const from = mark();
    const answer = a.ask('skip');
    go(b);
    assert.deepEqual(meanings([await answer]), ['waiting']);
    return () => assert.ok(heardSince(from, a, 'parted', chat).length <= 1);
};

const RACES = {
    'a search and its end': alone(searchAndEnd),
    'a skip and a text': skipAndWrite(false),
    'a skip and a text for the chat before': skipAndWrite(true),
    'a skip, and a text for the chat before when a third one is met': skipAndWriteToThird,
    'three skips': skipThrice(false),
    'three skips of the same chat': skipThrice(true),
    'both skip': bothAtOnce('skip', 'waiting'),
    'both end': bothAtOnce('end_chat', 'idle'),
    'one skips, the other is cut off': skipAndGo((person) => person.breaks()),
    'one skips, the other leaves': skipAndGo((person) => person.leaves()),
};

before(async () => {
    const counts = { gateways: 2, matchers: 2, relays: 2, recorders: 1 };
    stack = await Stack.start({ ...counts, settings: SETTINGS });
    ports = [1, 2].map((n) => Number(new URL(stack.url(n)).port));
    people = Array.from({ length: 2 * PAIRS }, (_, i) => new Witness({ name: `p${i}`, history }));
});
after(async () => {
    people.forEach((person) => person.state !== 'away' && person.leaves());
    await stack?.stop();
    keep(history.events, 'races');
});

for (const [name, race] of Object.entries(RACES)) {
    test(`${name}, ${TIMES} times`, async () => {
        await settle();
        for (let times = 0; times < TIMES; times += PAIRS) {
            const checks = await Promise.all(pairs().map(([a, b]) => race(a, b)));
            await settle();
            checks.forEach((check) => check?.());
        }
    });
}

test('nothing that they were told is wrong', async () => {
    history.note('finish');
    const stores = await readStores(stack);
    const { verdicts, counts } = judge(history, { stores });
    assert.deepEqual(report(history, { verdicts, counts }), {});
    assert.equal(counts.heard, 0);
});
