// conversation.reload.test.ts -- sentences in which the page is loaded anew, or opened in another
// tab. What a reloaded page knows has been written and read as it is in a browser.

import { describe, expect, test } from 'vitest';
import {
    tell,
    searched,
    skipped,
    ended,
    lost,
    reloaded,
    takenOver,
    typed,
    wrote,
    retried,
    believed,
    matched,
    message,
    partnerAway,
    partnerBack,
    partnerLeft,
    delivered,
    undelivered,
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

describe('a page that is loaded anew', () => {
    const torn = [
        ...inChat(),
        message('a', 'hi'),
        typed('one'),
        wrote('1'),
        typed('draft'),
        reloaded,
    ];

    test('shows its chat at once, before it has a link', () => {
        const { c } = tell(...torn);
        expect(c).toMatchObject({ state: 'chatting', link: 'opening', draft: 'draft' });
        expect(texts(c)).toEqual(['hi', 'one']);
    });

    test('goes on with the chat: what is not confirmed goes again under its id', () => {
        const { c, said } = tell(...torn, wrote('2'), believed('chatting', 'a'));
        expect(c).toMatchObject({ state: 'chatting', link: 'up' });
        expect(statuses(c)).toEqual(['delivered', 'sending', 'sending']);
        expect(saidOf(said, 'message')).toMatchObject([{ id: '1' }, { id: '1' }, { id: '2' }]);
    });

    test('hears what it missed once, however often it is said', () => {
        const missed = [message('a', 'hi'), message('a', 'there'), message('a', 'there')];
        const { c } = tell(...torn, ...missed, believed('chatting', 'a'));
        expect(texts(c)).toEqual(['hi', 'one', 'there']);
        expect(tell(...torn, matched('a'), believed('chatting', 'a')).c).toMatchObject({
            chat: { messages: [{ text: 'hi' }, { text: 'one' }] },
        });
    });

    test('hears that the partner was away, and is back', () => {
        const away = [...torn, partnerAway('a'), believed('chatting', 'a')];
        expect(tell(...away).c.state).toBe('away');
        expect(tell(...away, reloaded, partnerBack('a')).c.state).toBe('chatting');
    });

    test('keeps what was said when the chat is over, and nothing is under way', () => {
        for (const end of [[ready], [lost, ready], [reloaded, reloaded, ready]]) {
            const { c, said } = tell(...torn, ...end);
            expect(c).toMatchObject({
                state: 'left',
                draft: '',
                chat: { ending: { by: 'loss' } },
            });
            expect(statuses(c)).toEqual(['delivered', 'failed']);
            expect(saidOf(said, 'message')).toHaveLength(1);
        }
        const gone = [partnerLeft('a', 'ended'), ready];
        expect(tell(...torn, ...gone).c).toMatchObject({
            state: 'left',
            chat: { ending: { by: 'partner' } },
        });
        expect(tell(...torn, ready, retried('1')).said).toEqual(tell(...torn, ready).said);
    });

    test('still shows what was said in a chat that was over', () => {
        const { c, said } = tell(...inChat(), message('a', 'hi'), ended, reloaded, ready);
        expect(c).toMatchObject({ state: 'left', chat: { ending: { by: 'user' } } });
        expect(texts(c)).toEqual(['hi']);
        expect(tell(...inChat(), ended, reloaded, ready, searched).said.at(-1)).toEqual(search);
        expect(saidOf(said, 'search')).toHaveLength(1);
    });

    test('goes on searching, with its time', () => {
        const waited: Word = { type: 'waited', ms: 5000 };
        for (const belief of [believed('searching'), ready]) {
            const { c } = tell(ready, searched, waited, reloaded, waited, belief);
            expect(c.state).toBe('searching');
            expect(c.now - c.since).toBeGreaterThan(9000);
        }
        expect(tell(ready, searched, reloaded, matched('a')).c.state).toBe('chatting');
        expect(saidOf(tell(ready, searched, reloaded, ready).said, 'search')).toHaveLength(2);
    });

    test('still leaves a chat that was left just before', () => {
        const skips = tell(...inChat(), lost, skipped, reloaded, believed('chatting', 'a'));
        expect(skips.c.state).toBe('searching');
        expect(skips.said.at(-1)).toEqual(skip('a'));
        const ends = tell(...inChat(), lost, ended, reloaded, believed('chatting', 'a'));
        expect(ends.c.state).toBe('left');
        expect(ends.said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
    });

    test('is a fresh one when nothing was under way', () => {
        expect(tell(ready, reloaded).c).toEqual(tell(ended, reloaded).c);
    });
});

describe('another tab', () => {
    const story = [...inChat(), typed('one'), wrote('1'), typed('draft'), takenOver];

    test('takes the chat over: nothing of it stays, and nothing is tried', () => {
        const { c, said } = tell(...story);
        expect(c).toMatchObject({
            state: 'elsewhere',
            link: 'opening',
            chat: null,
            draft: '',
        });
        expect(said).toEqual(tell(...story.slice(0, -1)).said);
    });

    test('takes a search over', () => {
        expect(tell(ready, searched, takenOver).c.state).toBe('elsewhere');
    });

    test('who begins anew comes as a new user, and searches', () => {
        const { c, said } = tell(...story, searched);
        expect(c.state).toBe('connecting');
        expect(said.at(-1)).toEqual({ say: 'arrive' });
        expect(tell(...story, searched, ready)).toMatchObject({
            c: { state: 'searching' },
            said: [...said, search],
        });
    });
});

describe('a gateway in trouble', () => {
    const troubles = ['no_relay', 'no_matcher'].map((code): Word => ({
        type: 'error',
        refusal: { message: 'Not right now', code },
    }));

    test.each(troubles)('says so, and nothing else changes', (trouble) => {
        for (const story of [[ready, searched], [...inChat(), typed('one'), wrote('1')]]) {
            const { c } = tell(...story);
            const after = tell(...story, trouble).c;
            expect(after).toEqual({ ...c, now: after.now, refusal: after.refusal });
            expect(after.refusal).toMatchObject({ message: 'Not right now' });
        }
    });

    test('an answer to a message counts while a skip is not yet confirmed', () => {
        const story = [...inChat(), typed('one'), wrote('1'), skipped];
        const back = skipRefused('a', 5);
        expect(statuses(tell(...story, delivered('a', '1'), back).c)).toEqual(['delivered']);
        expect(statuses(tell(...story, undelivered('a', '1'), back).c)).toEqual(['failed']);
    });
});
