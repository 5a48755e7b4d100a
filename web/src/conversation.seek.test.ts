// conversation.seek.test.ts -- sentences in which a partner is wished for, waited for, skipped and
// wanted back.

import { describe, expect, test } from 'vitest';
import { UNDO_MS, awaitsTime, undoLeftMs, wasSkipped, type Say } from './conversation';
import {
    tell,
    passed,
    searched,
    undid,
    skipped,
    ended,
    lost,
    reloaded,
    typed,
    wrote,
    believed,
    matched,
    reunited,
    waiting,
    searchTimeout,
    message,
    partnerAway,
    partnerLeft,
    delivered,
    undoRefused,
    searchRefused,
    skipRefused,
    blocks,
    interestTyped,
    interestAdded,
    interestRemoved,
    languageChosen,
    search,
    ready,
    inChat,
    texts,
    statuses,
    saidOf,
    type Word,
} from './conversation.words';

const wish = { interests: ['chess', 'go'], language: 'de' };
const wished = [interestTyped('chess,go,'), languageChosen('de')];

describe('a wish', () => {
    test('is made while the user rests, and goes with searches and skips', () => {
        const { c, said } = tell(ready, ...wished, searched, matched('a'), skipped);
        expect(c.wish).toEqual(wish);
        expect(said).toEqual<Say[]>([
            { say: 'search', wish },
            { say: 'skip', chatId: 'a', wish },
        ]);
    });

    test('is made before the link is up, and after a chat', () => {
        expect(tell(...wished, searched, ready).said).toEqual([{ say: 'search', wish }]);
        const { said } = tell(...inChat(), partnerLeft('a'), ...wished, searched);
        expect(said.at(-1)).toEqual({ say: 'search', wish });
    });

    test('is not changed while it is looked for', () => {
        expect(tell(ready, searched, ...wished).c.wish).toEqual(tell().c.wish);
        expect(tell(...inChat(), ...wished).c.wish).toEqual(tell().c.wish);
    });

    test('can be taken back, in part', () => {
        const { c } = tell(ready, ...wished, interestRemoved('chess'), languageChosen(''));
        expect(c.wish).toEqual({ interests: ['go'], language: '' });
    });

    test('is typed: Enter or a comma adds it, and what is half typed at the start counts', () => {
        const story = [ready, interestTyped('chess'), interestAdded, interestTyped('go')];
        expect(tell(...story).c).toMatchObject({
            interest: 'go',
            wish: { interests: ['chess'] },
        });
        const { c, said } = tell(...story, searched);
        expect(c).toMatchObject({ interest: '', wish: { interests: ['chess', 'go'] } });
        expect(said).toMatchObject([{ say: 'search', wish: { interests: ['chess', 'go'] } }]);
        expect(tell(interestTyped('go'), searched).c).toMatchObject({
            state: 'connecting',
            interest: '',
            wish: { interests: ['go'] },
        });
    });

    test('leaves alone what an input method has not ended', () => {
        const { c } = tell(ready, interestTyped('に、ほ', true));
        expect(c).toMatchObject({ interest: 'に、ほ', wish: { interests: [] } });
    });

    test('leaves what cannot be added to be seen, and a search goes on without', () => {
        const long = 'x'.repeat(33);
        const story = [ready, interestTyped(long), interestAdded];
        expect(tell(...story).c).toMatchObject({ interest: long, wish: { interests: [] } });
        expect(tell(...story, searched)).toMatchObject({ c: { interest: '' }, said: [search] });
    });

    test('is said again to a gateway that the user has come to while it searches', () => {
        const story = [ready, ...wished, searched, lost, believed('searching')];
        expect(tell(...story).c.state).toBe('searching');
        expect(tell(...story).said).toEqual([
            { say: 'search', wish },
            { say: 'search', wish },
        ]);
        expect(tell(ready, ...wished, searched, reloaded, believed('searching')).said).toEqual(
            tell(...story).said,
        );
        expect(tell(believed('searching')).said).toEqual([search]);
    });

    test('that crosses a match is not spoken of', () => {
        const crossed: Word = {
            type: 'error',
            refusal: { message: 'You are already in a chat', code: 'already_in_chat' },
        };
        const story = [ready, searched, lost, believed('searching'), matched('a')];
        const { c } = tell(...story, crossed, searchRefused());
        expect(c).toMatchObject({ state: 'chatting', refusal: null });
    });
});

describe('a search', () => {
    test('knows how many search, while it lasts', () => {
        const story = [ready, searched, waiting(0, 2), waiting(5, 7)];
        expect(tell(...story).c.searching).toBe(7);
        for (const end of [matched('a'), ended, searchTimeout(9)]) {
            expect(tell(...story, end).c.searching).toBeNull();
        }
    });

    test('lasts as long as the gateway says, or longer', () => {
        const told = tell(believed('searching'), waiting(60_000, 1)).c;
        expect(told.now - told.since).toBe(60_000);
        const story = [ready, searched, passed(9000), waiting(50, 1)];
        const { c } = tell(...story);
        expect(c.now - c.since).toBeGreaterThanOrEqual(9000);
    });

    test('in which nobody was found says for how long, until the next begins', () => {
        const story = [ready, searched, waiting(0, 1), searchTimeout(600_000)];
        const { c } = tell(...story);
        expect(c).toMatchObject({ state: 'idle', timedOut: 600_000, searching: null });
        expect(awaitsTime(c)).toBe(false);
        const next = tell(...story, searched);
        expect(next.c).toMatchObject({ state: 'searching', timedOut: null });
        expect(next.said).toEqual([search, search]);
    });

    test('that was given up, or has a partner, does not time out', () => {
        expect(tell(ready, searched, ended, searchTimeout(9)).c.timedOut).toBeNull();
        expect(tell(...inChat(), searchTimeout(9)).c.state).toBe('chatting');
    });

    test('that timed out while the page was loaded anew is told of', () => {
        const { c } = tell(ready, searched, reloaded, searchTimeout(9), ready);
        expect(c).toMatchObject({ state: 'idle', link: 'up', timedOut: 9 });
    });
});

describe('a skip', () => {
    const skip = [...inChat(), message('a', 'hi'), typed('mine'), wrote('m'), skipped];

    test('can be undone for a while, once', () => {
        expect(undoLeftMs(tell(...skip).c)).toBe(UNDO_MS);
        const { c, said } = tell(...skip, passed(UNDO_MS - 2), undid, undid);
        expect(c).toMatchObject({ state: 'searching', undoUntil: 0 });
        expect(saidOf(said, 'undo')).toEqual([{ say: 'undo', chatId: 'a' }]);
    });

    test('cannot be undone any more after that', () => {
        for (const late of [[passed(UNDO_MS), undid], [passed(UNDO_MS)]]) {
            const { c, said } = tell(...skip, ...late);
            expect(undoLeftMs(c)).toBe(0);
            expect(saidOf(said, 'undo')).toEqual([]);
        }
    });

    test.each<[string, Word[]]>([
        ['without a link', [...skip, lost]],
        ['when it was refused', [...skip, skipRefused('a', 5)]],
        ['when that chat was over already', [...skip, skipRefused('a')]],
        ['when the gateway has forgotten the search', [...skip, lost, ready]],
        ['after the search was cancelled', [...skip, ended]],
        ['after somebody else was found', [...skip, matched('b')]],
        ['of somebody who was blocked', [...skip, ...blocks('a')]],
        ['by whom the partner has left', [...inChat(), partnerLeft('a'), searched]],
        ['in a search that began without one', [ready, searched]],
    ])('cannot be undone %s', (_, words) => {
        const { c, said } = tell(...words, undid);
        expect(undoLeftMs(c)).toBe(0);
        expect(saidOf(said, 'undo')).toEqual([]);
    });

    test('that waited for the link can be undone from when it was said', () => {
        const story = [...inChat(), lost, skipped, passed(60_000), believed('chatting', 'a')];
        expect(undoLeftMs(tell(...story).c)).toBe(UNDO_MS);
    });

    test('can be undone after the link was lost, and after a reload', () => {
        for (const story of [[lost, believed('searching')], [reloaded, believed('searching')]]) {
            const { c, said } = tell(...skip, ...story, undid);
            expect(c.state).toBe('searching');
            expect(saidOf(said, 'undo')).toHaveLength(1);
        }
    });

    test('that cannot be undone says why; the search goes on', () => {
        const { c } = tell(...skip, undid, undoRefused('a'));
        expect(c).toMatchObject({
            state: 'searching',
            refusal: { code: 'partner_taken' },
        });
        const later = tell(...skip, undid, matched('b'), undoRefused('a')).c;
        expect(later).toMatchObject({ state: 'chatting', refusal: null, chat: { id: 'b' } });
    });

    test('is told from a search without one', () => {
        expect(wasSkipped(tell(...skip).c)).toBe(true);
        expect(wasSkipped(tell(...inChat(), partnerLeft('a'), searched).c)).toBe(false);
        expect(wasSkipped(tell(ready, searched).c)).toBe(false);
    });
});

describe('the same two again', () => {
    const said = [...inChat(), message('a', 'hi'), typed('mine'), wrote('m')];

    test('who undid its skip goes on where it was', () => {
        const { c } = tell(...said, typed('half a'), skipped, undid, reunited('b', 'a'));
        expect(c).toMatchObject({
            state: 'chatting',
            draft: 'half a',
            undoUntil: 0,
            chat: { id: 'b', partner: 'partner of b', messages: [], ending: null },
        });
        expect(c.chat?.earlier).toMatchObject([
            { id: 'a', messages: [{ text: 'hi' }, { text: 'mine', status: 'failed' }] },
        ]);
    });

    test.each<[string, Word[]]>([
        ['sees that the partner has left', [partnerLeft('a')]],
        ['has not yet heard that the partner has left', []],
        ['believes the partner to be away', [partnerAway('a')]],
        ['looks for somebody else', [partnerLeft('a'), searched]],
        ['loads the page anew', [partnerLeft('a'), reloaded]],
        ['is asked whether to block it', [partnerLeft('a'), { ...blocks('a')[0]! }]],
    ])('who was skipped and %s goes on as well', (_, words) => {
        const { c } = tell(...said, ...words, reunited('b', 'a'), partnerLeft('a'));
        expect(c).toMatchObject({
            state: 'chatting',
            chat: { id: 'b', block: 'none', earlier: [{ id: 'a' }], ending: null },
        });
        expect(c.chat?.earlier[0]?.messages).toHaveLength(2);
    });

    test('talk in the new chat: what is said of the old one changes nothing', () => {
        const { c, said: out } = tell(
            ...[...said, skipped, reunited('b', 'a')],
            ...[message('a', 'late'), delivered('a', 'm'), message('b', 'hi')],
            ...[typed('hello again'), wrote('n'), delivered('b', 'n')],
        );
        expect(texts(c)).toEqual(['hi', 'hello again']);
        expect(statuses(c)).toEqual(['delivered', 'delivered']);
        expect(c.chat?.earlier[0]?.messages).toHaveLength(2);
        expect(saidOf(out, 'message').at(-1)).toMatchObject({ chatId: 'b', id: 'n' });
    });

    test('go on after a reload with all that was said', () => {
        const { c } = tell(
            ...[...said, skipped, reunited('b', 'a'), message('b', 'back')],
            ...[reloaded, believed('chatting', 'b')],
        );
        expect(c).toMatchObject({ state: 'chatting', chat: { earlier: [{ id: 'a' }] } });
        expect(texts(c)).toEqual(['back']);
    });

    test('may be parted and back more than once; where nothing was said no line is drawn', () => {
        const twice = [...said, skipped, reunited('b', 'a'), skipped, reunited('c', 'b')];
        const ids = (...more: Word[]) => tell(...twice, ...more).c.chat?.earlier.map((p) => p.id);
        expect(ids()).toEqual(['a']);
        expect(ids(message('c', 'x'), skipped, reunited('d', 'c'))).toEqual(['a', 'c']);
        expect(tell(...inChat(), skipped, reunited('b', 'a')).c.chat?.earlier).toEqual([
            { id: 'a', messages: [] },
        ]);
    });

    test('still share what they shared', () => {
        const { c } = tell(ready, searched, matched('a', ['go']), skipped, reunited('b', 'a'));
        expect(c.chat?.interests).toEqual(['go']);
    });

    test.each<[string, Word[]]>([
        ['ended the chat', [ended]],
        ['has blocked the other', [partnerLeft('a'), ...blocks('a')]],
        ['has put the chat away', [partnerLeft('a'), ended]],
    ])('who %s declines', (_, words) => {
        const { c, said: out } = tell(...said, ...words, reunited('b', 'a'));
        expect(c.state).not.toBe('chatting');
        expect(out.at(-1)).toEqual({ say: 'end_chat', chatId: 'b' });
    });

    test.each([undefined, 'z'])('somebody else begins an empty chat: again is %s', (again) => {
        const { c } = tell(...said, typed('half a'), skipped, matched('b', [], again));
        expect(c).toMatchObject({
            state: 'chatting',
            draft: '',
            chat: { id: 'b', earlier: [], messages: [] },
        });
    });
});
