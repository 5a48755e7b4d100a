// conversation.care.test.ts -- sentences in which nothing happens by a slip, or behind the user's
// back: second presses, the next search that begins by itself, a page that is hidden.

import { describe, expect, test } from 'vitest';
import { ARMED_MS, AWAY_MS, NEXT_MS, awaitsTime, awayLeftMs } from './conversation';
import {
    tell,
    passed,
    searched,
    ended,
    skipPressed,
    endPressed,
    stayed,
    autoChosen,
    hid,
    shown,
    lost,
    reloaded,
    typed,
    interestTyped,
    languageChosen,
    blockConsidered,
    matched,
    message,
    partnerAway,
    partnerBack,
    partnerLeft,
    search,
    skip,
    ready,
    inChat,
    saidOf,
    type Word,
} from './conversation.words';

describe('a key that skips', () => {
    test('only warns when it is pressed once', () => {
        const { c, said } = tell(...inChat(), skipPressed);
        expect(c).toMatchObject({ state: 'chatting', armed: { to: 'skip' } });
        expect(said).toEqual([search]);
        expect(awaitsTime(c)).toBe(true);
    });

    test('skips when it is pressed twice', () => {
        const { c, said } = tell(...inChat(), skipPressed, skipPressed);
        expect(c).toMatchObject({ state: 'searching', armed: null });
        expect(said.at(-1)).toEqual(skip('a'));
        expect(c.undoUntil).toBeGreaterThan(0);
    });

    test('has to be pressed twice within its time', () => {
        const story = [...inChat(), skipPressed, passed(ARMED_MS)];
        expect(tell(...story).c.armed).toBeNull();
        expect(tell(...story, skipPressed).c.state).toBe('chatting');
        const late = [...inChat(), skipPressed, passed(ARMED_MS - 1), skipPressed];
        expect(tell(...late).c.state).toBe('chatting');
    });

    test.each<[string, Word[]]>([
        ['writing', [typed('h')]],
        ['the other key', [endPressed]],
        ['the partner who goes away', [partnerAway('a')]],
        ['a reload', [reloaded]],
    ])('is forgotten by %s', (_, words) => {
        const { c } = tell(...inChat(), skipPressed, ...words, skipPressed);
        expect(['chatting', 'away']).toContain(c.state);
    });

    test('works without a link: the skip is made when it is back', () => {
        expect(tell(...inChat(), lost, skipPressed, skipPressed).c.state).toBe('connecting');
    });

    test('does nothing where there is no chat', () => {
        for (const words of [[ready], [ready, searched], [...inChat(), ended]]) {
            expect(tell(...words, skipPressed, skipPressed)).toEqual(tell(...words));
        }
    });
});

describe('the end of a chat', () => {
    test('takes two presses', () => {
        expect(tell(...inChat(), endPressed).c.state).toBe('chatting');
        const { c, said } = tell(...inChat(), endPressed, endPressed);
        expect(c).toMatchObject({ state: 'left', chat: { ending: { by: 'user' } } });
        expect(said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
    });
});

describe('a partner who is away', () => {
    test('is waited for, and the time counts down', () => {
        const away = [...inChat(), partnerAway('a')];
        expect(awaitsTime(tell(...away).c)).toBe(true);
        expect(awayLeftMs(tell(...away, passed(5000)).c)).toBe(AWAY_MS - 5000);
        expect(awayLeftMs(tell(...away, passed(AWAY_MS + 1)).c)).toBe(0);
        expect(awaitsTime(tell(...away, partnerBack('a')).c)).toBe(false);
    });
});

describe('the next search', () => {
    const left = [...inChat(), autoChosen(), partnerLeft('a')];

    test('begins only by the user, unless that is chosen', () => {
        const { c, said } = tell(...inChat(), partnerLeft('a'), passed(10 * NEXT_MS));
        expect(c.state).toBe('left');
        expect(said).toEqual([search]);
    });

    test('begins by itself when its time has come', () => {
        expect(tell(...left, passed(NEXT_MS - 1)).c.state).toBe('left');
        const { c, said } = tell(...left, passed(NEXT_MS));
        expect(c).toMatchObject({ state: 'searching', nextAt: 0 });
        expect(saidOf(said, 'search')).toEqual([search, search]);
    });

    test.each<[string, Word[]]>([
        ['by the user', [stayed]],
        ['by changing what is wished', [interestTyped('te')]],
        ['by choosing a language', [languageChosen('de')]],
        ['by the question whether to block', [blockConsidered('a')]],
        ['by looking elsewhere', [hid]],
        ['by another choice', [autoChosen(false)]],
        ['by a reload', [reloaded, ready]],
    ])('is stopped %s', (_, words) => {
        const { c, said } = tell(...left, ...words, passed(NEXT_MS), passed(NEXT_MS));
        expect(c).toMatchObject({ state: 'left', nextAt: 0 });
        expect(saidOf(said, 'search')).toEqual([search]);
    });

    test('does not begin behind the back of who looks elsewhere', () => {
        const { c } = tell(...inChat(), autoChosen(), hid, partnerLeft('a'), passed(NEXT_MS));
        expect(c).toMatchObject({ state: 'left', nextAt: 0 });
    });

    test('waits for a link', () => {
        const torn = [...left, lost, passed(NEXT_MS)];
        expect(tell(...torn).c.state).toBe('left');
        expect(tell(...torn, ready, passed(1000)).c.state).toBe('searching');
    });

    test('does not follow what the user ended', () => {
        expect(tell(...inChat(), autoChosen(), ended).c.nextAt).toBe(0);
        expect(tell(...left, searched, matched('b')).c.nextAt).toBe(0);
    });
});

describe('a page that nobody sees', () => {
    test('counts what comes, once, until it is seen', () => {
        const story = [...inChat(), message('a', 'seen'), hid, message('a', 'one'),
            message('a', 'one'), message('a', 'two')];
        expect(tell(...story).c.unread).toBe(2);
        expect(tell(...story, shown).c.unread).toBe(0);
        expect(tell(...story, shown, message('a', 'three')).c.unread).toBe(0);
    });

    test('finds out, when it is seen again, whether the gateway is there', () => {
        const seen = (...words: Word[]) => saidOf(tell(...words, hid, shown).said, 'probe');
        expect(seen(...inChat())).toEqual([{ say: 'probe', chatId: 'a' }]);
        expect(seen(...inChat(), partnerAway('a'))).toEqual([{ say: 'probe', chatId: 'a' }]);
        expect(seen(ready, searched)).toEqual([{ say: 'probe', wish: expect.anything() }]);
        expect(seen(ready)).toEqual([{ say: 'probe' }]);
        expect(seen(...inChat(), ended)).toEqual([{ say: 'probe' }]);
    });

    test('calls, when it is seen again, if there is no link', () => {
        const { said } = tell(...inChat(), lost, hid, shown);
        expect(said.at(-1)).toEqual({ say: 'call' });
    });
});
