// speech.test.mjs -- what people write: what passes, what is refused, and that only they notice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { meet, pair, Person } from './person.mjs';
import { Stack } from './stack.mjs';

let stack;
let a;
let b;
let others; // A pair that must never notice anything.

before(async () => {
    stack = await Stack.start({
        gateways: 2,
        special: { 'gateway-1': { MESSAGES_PER_MINUTE: '0' } },
    });
    others = await pair(stack.url(1));
    [a, b] = await pair(stack.url(1));
});
after(async () => {
    await Person.allLeave(stack);
    await stack?.stop();
});

// The text as the partner gets it.
async function passes(text) {
    await a.tells(text);
    return (await b.hears('message')).text;
}

async function isRefused(text, code) {
    const refusal = await a.isRefused('message', { text });
    assert.equal(refusal.code, code, JSON.stringify(text));
    assert.ok(refusal.message.length > 0);
    return refusal;
}

// The chat goes on, in order, and so does that of the others.
async function goesOn() {
    const mark = `mark ${Math.random()}`;
    assert.equal(await passes(mark), mark);
    await others[0].tells(mark);
    assert.equal((await others[1].hears('message')).text, mark);
    for (const who of [b, ...others]) {
        assert.deepEqual(who.all('error'), []);
        assert.deepEqual(who.all('partner_left'), []);
    }
}

// Row 36.
test('nothing but text, id and the server`s time goes through', async () => {
    const payload = JSON.parse(
        '{"text":"x","timestamp":0,"extra":{"a":1},"__proto__":{"b":2},"constructor":{"c":3}}',
    );
    await a.ask('message', payload);
    const message = await b.hears('message');
    assert.deepEqual(Object.keys(message).sort(), ['chatId', 'id', 'text', 'timestamp']);
    assert.ok(Math.abs(message.timestamp - Date.now()) < 60_000);
});

// Row 37.
const oddities = [
    ['no payload', 'message', [], 'invalid_message'],
    ['null', 'message', [null], 'invalid_message'],
    ['a number', 'message', [5], 'invalid_message'],
    ['a text alone', 'message', ['hello'], 'invalid_message'],
    ['an empty list', 'message', [[]], 'invalid_message'],
    ['an empty object', 'message', [{}], 'invalid_message'],
    ['a text that is null', 'message', [{ text: null }], 'invalid_message'],
    ['a text that is a number', 'message', [{ text: 5 }], 'invalid_message'],
    ['a text that is an object', 'message', [{ text: { a: { b: [1] } } }], 'invalid_message'],
    ['an id that is an object', 'message', [{ text: 'x', id: {} }], 'invalid_payload'],
    ['an id that is too long', 'message', [{ text: 'x', id: 'x'.repeat(200) }], 'invalid_payload'],
    ['a chat that is a number', 'message', [{ text: 'x', chatId: 5 }], 'chat_over'],
    ['a number for search', 'search', [5], 'invalid_payload'],
    ['a list for skip', 'skip', [['x']], 'invalid_payload'],
    ['a text for end_chat', 'end_chat', ['x'], 'invalid_payload'],
    ['a text for typing', 'typing', [{ on: 'yes' }], 'invalid_payload'],
    ['an event that there is not', 'launch_missiles', [{ a: 1 }], 'unknown_event'],
    ['an event with a name of nothing', '', [], 'unknown_event'],
    ['a server`s event', 'matched', [{ partnerId: 'x' }], 'unknown_event'],
    ['a name of the language', '__proto__', [{}], 'unknown_event'],
];

for (const [what, event, payload, code] of oddities) {
    test(`${what} is refused with a reason, and nobody else notices`, async () => {
        const refusal = await a.isRefused(event, ...payload);
        assert.equal(refusal.code, code);
        assert.equal(typeof refusal.message, 'string');
        await goesOn();
    });
}

test('a refusal comes without being asked for an answer, too', async () => {
    const errors = a.all('error').length;
    a.say('message');
    a.say('message', null);
    a.say('no_such_event');
    await goesOn();
    assert.equal(a.all('error').length, errors + 3);
    for (let i = 0; i < 3; i++) {
        await a.hears('error');
    }
});

test('binary data is refused', async () => {
    assert.equal((await a.isRefused('message', { text: Buffer.from('abc') })).code, 'binary');
    await goesOn();
});

// Row 41.
const pieces = [
    '<img src=1 onerror=alert(1)>',
    '<script>alert(1)</script>',
    'javascript:alert(1)',
    'http://x/"onmouseover=alert(1)',
    '&lt;b&gt; &amp; "quotes" \\ \'single\'',
    '${7*7} {{7*7}} %s %n',
    '\u05e9\u05dc\u05d5\u05dd!',
    '\u200fOK \u0628\u0627\u0634\u0647',
    'evil\u202egpj.exe',
    'tab\there and a line\nbelow',
    '\u2028 and \u2029',
    '42["message",{"text":"inside"}]',
];

for (const piece of pieces) {
    test(`${JSON.stringify(piece)} arrives as it was written`, async () => {
        assert.equal(await passes(piece), piece);
    });
}

// Row 42: JavaScript's `length` is the rule on both sides.
const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}';
const lengths = [
    ['a', 500],
    ['\u00e9', 500],
    ['\u4f60', 500],
    ['\u{1f600}', 250],
    [family, 45],
];

for (const [sign, most] of lengths) {
    test(`${most} times ${sign} is the longest text, as the page counts`, async () => {
        const longest = sign.repeat(most);
        assert.ok(longest.length <= 500 && longest.length + sign.length > 500);
        assert.equal(await passes(longest), longest);
        const refusal = await isRefused(longest + sign, 'message_too_long');
        assert.equal(refusal.message, 'Message length exceeded');
    });
}

// Row 44.
const invisible = ['', ' ', '\u200b', '\u2800', '\u3164', '\u00a0', '\u2060\ufeff', '\t\r\n'];

test('a text that cannot be seen is refused', async () => {
    for (const text of invisible) {
        assert.equal((await isRefused(text, 'invalid_message')).message, 'Invalid message');
    }
    assert.equal(await passes('\u{1f44d}\u200d'), '\u{1f44d}\u200d');
});

// Row 47.
test('a flood of lines is folded', async () => {
    await isRefused('\n'.repeat(500), 'invalid_message');
    const text = await passes(`a${'\n'.repeat(400)}b`);
    assert.match(text, /^a\n{1,2}b$/);
});

test('half a sign is refused, and the chat goes on', async () => {
    const [c, d] = await pair(stack.url(1));
    const refusal = await c.isRefused('message', { text: 'half \ud83d of a sign' });
    assert.equal(refusal.code, 'invalid_message');
    await c.tells('whole');
    await d.catchesUp();
    assert.deepEqual(d.all('message').map(({ text }) => text), ['whole']);
});

// Row 50.
test('of 25 messages in a burst 20 arrive and 5 are refused with a wait', async () => {
    const [c, d] = await pair(stack.url(2), stack.url(1));
    const texts = Array.from({ length: 25 }, (_, i) => `burst ${i}`);
    const answers = await Promise.all(texts.map((text) => c.ask('message', { text })));
    const refused = answers.filter(({ error }) => error);
    assert.equal(refused.length, 5);
    for (const { error } of refused) {
        assert.equal(error.code, 'too_many_messages');
        assert.equal(error.message, 'Too many messages sent');
        assert.ok(error.retryAfter >= 1 && error.retryAfter <= 60);
    }
    await d.catchesUp();
    assert.deepEqual(d.all('message').map(({ text }) => text), texts.slice(0, 20));
    // The partner has a budget of its own.
    await d.tells('mine');
});

// Row 51.
test('whoever has used up a budget does not get another by connecting again', async () => {
    const address = '192.0.2.1';
    const [c, d] = await Promise.all([
        Person.arrive(stack.url(2), { address }),
        Person.arrive(stack.url(1)),
    ]);
    await meet(c, d);
    for (let i = 0; i < 20; i++) {
        await c.tells(`text ${i}`);
    }
    c.leaves();
    await d.hears('partner_left');
    const again = await Person.arrive(stack.url(2), { address });
    await meet(again, await Person.arrive(stack.url(1)));
    const refusal = await again.isRefused('message', { text: 'more' });
    assert.equal(refusal.code, 'too_many_messages');
    assert.ok(refusal.retryAfter >= 1);
    const other = await Person.arrive(stack.url(2), { address: '192.0.2.2' });
    await meet(other, await Person.arrive(stack.url(1)));
    await other.tells('not mine');
});
