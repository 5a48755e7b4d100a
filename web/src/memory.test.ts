// memory.test.ts -- what is kept for the next load of the page, and what is not taken for it.

import { describe, expect, test } from 'vitest';
import type { Message } from './conversation';
import { MESSAGES_MOST, keep, openStore, read, recall, write } from './memory';
import {
    tell,
    searched,
    ended,
    skipped,
    typed,
    wrote,
    message,
    delivered,
    undelivered,
    typing,
    partnerAway,
    partnerLeft,
    takenOver,
    ready,
    inChat,
} from './conversation.words';

const token = { pid: 'p', offset: '7' };
const story = [
    ...inChat(),
    typed('one'),
    wrote('1'),
    delivered('a', '1'),
    message('a', 'hi'),
    typed('two'),
    wrote('2'),
    undelivered('a', '2', 9),
    typed('three'),
    wrote('3'),
    typing('a'),
    typed('a draft'),
];

// A store that holds one text.
function storeOf(text: string | null) {
    return {
        text,
        getItem: () => text,
        setItem(_: string, value: string) {
            this.text = value;
        },
        removeItem() {
            this.text = null;
        },
    };
}

describe('what is kept', () => {
    test('a chat comes back as it was, but for who was typing', () => {
        const { c } = tell(...story);
        const { state, since, draft } = c;
        const chat = { ...c.chat!, toldTypingAt: 0, typingUntil: 0 };
        const kept = { state, since, chat, draft };
        expect(read(write(c, token))).toEqual({ kept, token });
        expect(kept.draft).toBe('a draft');
        expect(chat.messages.map((m) => m.status)).toEqual([
            'delivered',
            'delivered',
            'failed',
            'sending',
        ]);
    });

    test.each([
        ['searching', [ready, searched]],
        ['searching', [...inChat(), skipped]],
        ['connecting', [searched]],
        ['away', [...inChat(), partnerAway('a')]],
        ['left', [...inChat(), partnerLeft('a')]],
        ['left', [...inChat(), ended]],
    ])('%s comes back', (state, words) => {
        expect(read(write(tell(...words).c, null))?.kept.state).toBe(state);
    });

    test.each([
        ['nothing has begun', []],
        ['nobody is looked for', [ready]],
        ['the search is over', [ready, searched, ended]],
        ['the chat is put away', [...inChat(), ended, ended]],
        ['another tab has it', [...inChat(), takenOver]],
    ])('nothing, when %s', (_, words) => {
        expect(write(tell(...words).c, token)).toBeNull();
    });

    test('the last messages, and no more', () => {
        const many = Array.from({ length: MESSAGES_MOST + 5 }, (_, i) => message('a', `${i}`));
        const messages = read(write(tell(...inChat(), ...many).c, token))?.kept.chat?.messages;
        expect(messages).toHaveLength(MESSAGES_MOST);
        expect(messages?.at(0)?.text).toBe('5');
        expect(messages?.at(-1)?.text).toBe(`${MESSAGES_MOST + 4}`);
    });
});

describe('what is not taken for it', () => {
    const good = () => JSON.parse(write(tell(...story).c, token)!);
    type Good = ReturnType<typeof good>;
    const first = (g: Good): Message & Record<string, unknown> => g.kept.chat.messages[0];

    test('the example is good', () => {
        expect(read(JSON.stringify(good()))).not.toBeNull();
    });

    test.each([null, '', '{', '[]', '7', 'null', '"chat"', '{}'])('%s', (text) => {
        expect(read(text)).toBeNull();
    });

    test.each<[string, (g: Good) => void]>([
        ['no token', (g) => delete g.token],
        ['a token of another kind', (g) => (g.token.pid = 7)],
        ['an offset of another kind', (g) => (g.token.offset = 7)],
        ['an unknown state', (g) => (g.kept.state = 'asleep')],
        ['a state that is not kept', (g) => (g.kept.state = 'idle')],
        ['a chat that is over and is not', (g) => (g.kept.state = 'left')],
        ['a chat without a chat', (g) => (g.kept.chat = null)],
        ['no draft', (g) => delete g.kept.draft],
        ['a time before time', (g) => (g.kept.since = -1)],
        ['a message without a text', (g) => delete g.kept.chat.messages[0].text],
        ['a message of nobody', (g) => (g.kept.chat.messages[0].from = 'somebody')],
        ['a message of no time', (g) => (first(g).at = 1e17)],
        ['a message that is a list', (g) => (g.kept.chat.messages[0] = [])],
        ['a refusal that is a text', (g) => (g.kept.chat.messages[2].refusal = 'no')],
        ['messages that are no list', (g) => (g.kept.chat.messages = { length: 0 })],
        [
            'too many messages',
            (g) => (g.kept.chat.messages = Array(MESSAGES_MOST + 1).fill(first(g))),
        ],
        ['interests of another kind', (g) => (g.kept.chat.interests = [null])],
        ['an ending of another kind', (g) => (g.kept.chat.ending = { by: 'partner' })],
        ['an ending that is missing', (g) => delete g.kept.chat.ending],
    ])('%s', (_, spoil) => {
        const bad = good();
        spoil(bad);
        expect(read(JSON.stringify(bad))).toBeNull();
    });
});

describe('the store', () => {
    test('holds one text, until there is nothing to hold', () => {
        const text = write(tell(...story).c, token);
        const store = storeOf(null);
        keep(store, text);
        expect(store.text).toBe(text);
        keep(store, null);
        expect(store.text).toBeNull();
        expect(recall(storeOf(text))).toEqual(read(text));
    });

    test('may be missing, or refuse everything', () => {
        const refuse = () => {
            throw new Error('SecurityError');
        };
        const closed = { getItem: refuse, setItem: refuse, removeItem: refuse };
        for (const store of [openStore(), closed]) {
            expect(recall(store)).toBeNull();
            expect(() => keep(store, 'text')).not.toThrow();
            expect(() => keep(store, null)).not.toThrow();
        }
    });
});
