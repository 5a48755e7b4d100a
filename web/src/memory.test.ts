// memory.test.ts -- what is kept for the next load of the page, and what is not taken for it.

import { describe, expect, test } from 'vitest';
import type { Message } from './conversation';
import { MESSAGES_MOST, keep, openTabStore, read, recall, write } from './memory';
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
    matched,
    reunited,
    blockConsidered,
    blocked,
    interestTyped,
    languageChosen,
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
        const { state, since, draft, wish, undoUntil } = c;
        const chat = { ...c.chat!, toldTypingAt: 0, typingUntil: 0 };
        const kept = { state, since, chat, draft, wish, undoUntil };
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

    test('a skip comes back with the time that it can be undone, and a wish', () => {
        const wished = [ready, languageChosen('de'), interestTyped('chess,'), searched];
        const { c } = tell(...wished, matched('a'), message('a', 'hi'), skipped);
        expect(read(write(c, null))?.kept).toMatchObject({
            state: 'searching',
            undoUntil: c.undoUntil,
            wish: { interests: ['chess'], language: 'de' },
        });
        expect(c.undoUntil).toBeGreaterThan(c.now);
    });

    test('a chat comes back with the chats before it', () => {
        const again = [...inChat(), message('a', 'hi'), skipped, reunited('b', 'a')];
        const { c } = tell(...again, message('b', 'back'));
        expect(read(write(c, null))?.kept.chat?.earlier).toEqual(c.chat?.earlier);
        expect(c.chat?.earlier).toHaveLength(1);
    });

    test('who is asked whether to block is not asked; who has said it has', () => {
        const story = [...inChat(), partnerLeft('a'), blockConsidered('a')];
        expect(read(write(tell(...story).c, null))?.kept.chat?.block).toBe('none');
        const said = tell(...story, blocked('a')).c;
        expect(read(write(said, null))?.kept.chat?.block).toBe('said');
    });

    test('the last messages, of the chat and the chats before it, and no more', () => {
        const chat = (id: string, count: number) =>
            Array.from({ length: count }, (_, i) => message(id, `${id} ${i}`));
        const words = [
            ...[...inChat('a'), ...chat('a', MESSAGES_MOST), skipped],
            ...[reunited('b', 'a'), ...chat('b', 20), skipped],
            ...[reunited('c', 'b'), ...chat('c', MESSAGES_MOST - 25)],
        ];
        const keptChat = read(write(tell(...words).c, null))?.kept.chat;
        expect(keptChat?.messages).toHaveLength(MESSAGES_MOST - 25);
        expect(keptChat?.earlier.map((past) => past.id)).toEqual(['a', 'b']);
        expect(keptChat?.earlier[0]?.messages.map((m) => m.text)).toEqual(
            [5, 4, 3, 2, 1].map((n) => `a ${MESSAGES_MOST - n}`),
        );
        expect(keptChat?.earlier[1]?.messages).toHaveLength(20);
        const more = tell(...words, ...chat('c', MESSAGES_MOST).slice(-25)).c;
        expect(read(write(more, null))?.kept.chat?.earlier).toEqual([]);
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
        ['no chats before it', (g) => delete g.kept.chat.earlier],
        ['a chat before it without a name', (g) => (g.kept.chat.earlier = [{ messages: [] }])],
        [
            'a chat before it with a message of nobody',
            (g) => (g.kept.chat.earlier = [{ id: 'b', messages: [{ ...first(g), from: 7 }] }]),
        ],
        ['no word of a block', (g) => delete g.kept.chat.block],
        ['a block that is only considered', (g) => (g.kept.chat.block = 'considered')],
        ['a chat with somebody who is blocked', (g) => (g.kept.chat.block = 'noted')],
        ['a wish that is none', (g) => (g.kept.wish = null)],
        ['a wish for too much', (g) => (g.kept.wish.interests = Array(11).fill('x'))],
        ['no time to undo', (g) => delete g.kept.undoUntil],
        ['a skip to undo in a chat', (g) => (g.kept.undoUntil = 1)],
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
        for (const store of [openTabStore(), closed]) {
            expect(recall(store)).toBeNull();
            expect(() => keep(store, 'text')).not.toThrow();
            expect(() => keep(store, null)).not.toThrow();
        }
    });
});
