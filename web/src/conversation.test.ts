// conversation.test.ts -- sentences of events: what the user does, what the gateway says, and
// what comes of it. Time passes in the sentence, not in the test.

import { describe, expect, test } from 'vitest';
import {
    REFUSAL_SHOWN_MS,
    TEXT_MAX,
    TYPING_EVERY_MS,
    TYPING_SHOWN_MS,
    awaitsTime,
    canSend,
    textOf,
} from './conversation';
import { reduce } from './rules';
import {
    tell,
    passed,
    searched,
    skipped,
    ended,
    lost,
    typed,
    wrote,
    retried,
    matched,
    message,
    typing,
    partnerAway,
    partnerBack,
    partnerLeft,
    delivered,
    undelivered,
    searchRefused,
    skipRefused,
    search,
    skip,
    ready,
    inChat,
    texts,
    statuses,
    saidOf,
    type Word,
} from './conversation.words';

describe('searching', () => {
    test('a fresh page is opening, and idle once the gateway says so', () => {
        expect(tell().c.state).toBe('opening');
        expect(tell(ready).c).toMatchObject({ state: 'idle', link: 'up' });
    });

    test('start asks for a partner; a match begins a chat', () => {
        const { c, said } = tell(ready, searched, matched('a', ['chess']));
        expect(c).toMatchObject({
            state: 'chatting',
            chat: { id: 'a', interests: ['chess'], messages: [] },
        });
        expect(said).toEqual([search]);
    });

    test('the time waited counts from the search on', () => {
        const { c } = tell(ready, passed(9000), searched, passed(3000), passed(4000));
        expect(c.now - c.since).toBe(7000);
        expect(awaitsTime(c)).toBe(true);
    });

    test('start before the link is up waits, and asks when it is', () => {
        expect(tell(searched)).toMatchObject({ c: { state: 'connecting' }, said: [] });
        expect(tell(searched, ready)).toMatchObject({
            c: { state: 'searching' },
            said: [search],
        });
    });

    test('cancel withdraws the search', () => {
        const { c, said } = tell(ready, searched, ended);
        expect(c.state).toBe('idle');
        expect(said).toEqual([search, { say: 'end_chat' }]);
    });

    test('a match that crosses the cancel is declined', () => {
        const { c, said } = tell(ready, searched, ended, matched('a'));
        expect(c.state).toBe('idle');
        expect(said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
    });

    test('a refused search is idle again, with the reason until its time is over', () => {
        const story = [ready, searched, searchRefused(9)];
        expect(tell(...story).c).toMatchObject({
            state: 'idle',
            refusal: { message: 'Too many searches' },
        });
        expect(tell(...story, passed(8998)).c.refusal).not.toBeNull();
        expect(tell(...story, passed(9000)).c.refusal).toBeNull();
    });

    test('a search that the link interrupts is asked again and keeps its time', () => {
        const { c, said } = tell(ready, searched, passed(5000), lost, passed(2000), ready);
        expect(c.state).toBe('searching');
        expect(c.now - c.since).toBeGreaterThan(7000);
        expect(said).toEqual([search, search]);
    });
});

describe('messages', () => {
    test('what is written is sending, then delivered with the time the gateway gives', () => {
        const story = [...inChat(), typed(' hello \n'), wrote('m')];
        const { c, said } = tell(...story);
        expect(c.draft).toBe('');
        expect(c.chat?.messages).toMatchObject([
            { id: 'm', text: 'hello', status: 'sending' },
        ]);
        expect(said.at(-1)).toEqual({
            say: 'message',
            chatId: 'a',
            id: 'm',
            text: 'hello',
        });
        expect(tell(...story, delivered('a', 'm')).c.chat?.messages).toMatchObject([
            { status: 'delivered', at: 7 },
        ]);
    });

    test('a refused message says why and how long, and can go again under its id', () => {
        const story = [...inChat(), typed('hello'), wrote('m'), undelivered('a', 'm', 7)];
        expect(statuses(tell(...story).c)).toEqual(['failed']);
        expect(tell(...story).c.refusal).toMatchObject({ retryAfter: 7 });
        const { c, said } = tell(...story, message('a', 'hi'), retried('m'));
        expect(c.chat?.messages).toMatchObject([
            { text: 'hi' },
            { id: 'm', status: 'sending', refusal: undefined },
        ]);
        expect(said.at(-1)).toEqual({
            say: 'message',
            chatId: 'a',
            id: 'm',
            text: 'hello',
        });
    });

    test('only what failed can go again', () => {
        const { said } = tell(...inChat(), typed('hello'), wrote('m'), retried('m'));
        expect(saidOf(said, 'message')).toHaveLength(1);
    });

    test('a late refusal does not undo a delivery', () => {
        const { c } = tell(
            ...inChat(),
            typed('x'),
            wrote('m'),
            delivered('a', 'm'),
            undelivered('a', 'm'),
        );
        expect(statuses(c)).toEqual(['delivered']);
    });

    test('a message that comes twice is shown once; the partner may use the ids the user uses', () => {
        const { c } = tell(
            ...inChat(),
            typed('mine'),
            wrote('m'),
            message('a', 'theirs', 'm'),
            message('a', 'theirs', 'm'),
        );
        expect(texts(c)).toEqual(['mine', 'theirs']);
    });

    test('length is counted in UTF-16 units of what would be sent', () => {
        expect(canSend('x'.repeat(TEXT_MAX))).toBe(true);
        expect(canSend('x'.repeat(TEXT_MAX + 1))).toBe(false);
        expect(canSend('👋'.repeat(TEXT_MAX / 2))).toBe(true);
        expect(canSend('👋'.repeat(TEXT_MAX / 2) + 'x')).toBe(false);
        expect(canSend(' \n\t')).toBe(false);
        expect(textOf('  x ').length).toBe(1);
    });

    test('a draft that is empty or too long stays where it is', () => {
        const long = 'x'.repeat(TEXT_MAX + 1);
        const { c, said } = tell(...inChat(), wrote('m'), typed(long), wrote('n'));
        expect(c).toMatchObject({ draft: long, chat: { messages: [] } });
        expect(saidOf(said, 'message')).toEqual([]);
    });
});

describe('typing', () => {
    test('is told at most once in its time, and told off when the draft is emptied', () => {
        const story = [
            ...inChat(),
            typed('h'),
            typed('he'),
            passed(TYPING_EVERY_MS),
            typed('hel'),
        ];
        const on = { say: 'typing', chatId: 'a', on: true };
        expect(saidOf(tell(...story).said, 'typing')).toEqual([on, on]);
        expect(saidOf(tell(...story, typed('')).said, 'typing')).toEqual([
            on,
            on,
            { ...on, on: false },
        ]);
    });

    test('is told anew after a message was sent', () => {
        const { said } = tell(...inChat(), typed('h'), wrote('m'), typed('n'));
        expect(said.map((s) => s.say)).toEqual(['search', 'typing', 'message', 'typing']);
    });

    test('of the partner ends by time, by a message, by a word, by leaving', () => {
        const story = [...inChat(), typing('a')];
        const until = (...more: Word[]) => tell(...story, ...more).c.chat?.typingUntil;
        expect(until(passed(TYPING_SHOWN_MS - 1))).toBeGreaterThan(0);
        expect(until(passed(TYPING_SHOWN_MS))).toBe(0);
        expect(until(message('a', 'hi'))).toBe(0);
        expect(until(typing('a', false))).toBe(0);
        expect(until(partnerLeft('a'))).toBe(0);
        expect(until(partnerAway('a'))).toBe(0);
        expect(until(lost)).toBe(0);
    });
});

describe('leaving', () => {
    test('skip leaves and searches at once', () => {
        const { c, said } = tell(...inChat(), skipped);
        expect(c.state).toBe('searching');
        expect(said.at(-1)).toEqual(skip('a'));
    });

    test('end keeps the transcript; close puts it away', () => {
        const story = [...inChat(), message('a', 'hi'), ended];
        const { c, said } = tell(...story);
        expect(c).toMatchObject({ state: 'left', chat: { ending: { by: 'user' } } });
        expect(texts(c)).toEqual(['hi']);
        expect(said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
        expect(tell(...story, ended)).toMatchObject({ c: { state: 'idle' }, said });
    });

    test('the partner leaves: what is under way has failed, the draft is gone, a new chat can begin', () => {
        const story = [
            ...inChat(),
            typed('x'),
            wrote('m'),
            typed('secret'),
            partnerLeft('a', 'ended'),
        ];
        expect(tell(...story).c).toMatchObject({
            state: 'left',
            draft: '',
            chat: { ending: { by: 'partner', reason: 'ended' } },
        });
        expect(statuses(tell(...story).c)).toEqual(['failed']);
        expect(statuses(tell(...story, delivered('a', 'm')).c)).toEqual(['delivered']);
        expect(tell(...story, searched).c.state).toBe('searching');
    });

    test('a skip refused for a while leaves the chat as it was, with all that was said', () => {
        const { c } = tell(...inChat(), skipped, message('a', 'wait'), skipRefused('a', 5));
        expect(c).toMatchObject({ state: 'chatting', refusal: { retryAfter: 5 } });
        expect(texts(c)).toEqual(['wait']);
    });

    test('a skip of a chat that was over already becomes a search', () => {
        const { c, said } = tell(...inChat(), skipped, partnerLeft('a'), skipRefused('a'));
        expect(c.state).toBe('searching');
        expect(said.map((s) => s.say)).toEqual(['search', 'skip', 'search']);
    });

    test('a partner who is away comes back, or leaves', () => {
        expect(tell(...inChat(), partnerAway('a')).c.state).toBe('away');
        expect(tell(...inChat(), partnerAway('a'), partnerBack('a')).c.state).toBe(
            'chatting',
        );
        expect(
            tell(...inChat(), partnerAway('a'), partnerLeft('a', 'timeout')).c.state,
        ).toBe('left');
        expect(
            statuses(tell(...inChat(), partnerAway('a'), typed('x'), wrote('m')).c),
        ).toEqual(['sending']);
    });
});

describe('an old chat', () => {
    const second = [...inChat('a'), skipped, matched('b'), typed('to b')];
    const events = [
        message('a', 'late'),
        typing('a'),
        partnerAway('a'),
        partnerLeft('a'),
        delivered('a', 'm'),
        undelivered('a', 'm', 3),
        skipRefused('a', 3),
    ];

    test.each(events)('does nothing to the next: $type', (event) => {
        expect(tell(...second, event)).toEqual(tell(...second));
    });

    test('does not end a search: partner_left after a skip', () => {
        expect(tell(...inChat(), skipped, partnerLeft('a')).c.state).toBe('searching');
    });

    test('without a name is the one that is shown', () => {
        expect(tell(...inChat(), partnerLeft('')).c.state).toBe('left');
        expect(tell(...inChat(), skipped, partnerLeft('')).c.state).toBe('searching');
    });

    test('is not shown any more while the user rests', () => {
        const story = [...inChat(), ended];
        expect(tell(...story, message('a', 'late')).c).toEqual(tell(...story).c);
    });
});

describe('anywhere', () => {
    test('a refusal without a time is shown long enough to read', () => {
        const story: Word[] = [
            ...inChat(),
            { type: 'error', refusal: { message: 'Invalid message' } },
        ];
        expect(tell(...story).c).toMatchObject({
            state: 'chatting',
            refusal: { message: 'Invalid message' },
        });
        expect(tell(...story, passed(REFUSAL_SHOWN_MS)).c.refusal).toBeNull();
    });

    test('the number of people online is the last one told', () => {
        expect(
            tell(ready, { type: 'online', count: 3 }, { type: 'online', count: 2 }).c
                .online,
        ).toBe(2);
    });

    test('what fits no rule changes nothing', () => {
        const { c } = tell(ready);
        expect(reduce(c, { type: 'skipped', at: 2_000_000 })).toEqual({
            conversation: c,
            say: [],
        });
    });

    test('a clock is wanted only while something waits for it', () => {
        expect(awaitsTime(tell(...inChat()).c)).toBe(false);
        expect(awaitsTime(tell(...inChat(), typing('a')).c)).toBe(true);
    });
});
