// conversation.link.test.ts -- sentences in which the link is lost and comes back.

import { describe, expect, test } from 'vitest';
import { ANSWERED_MS, SILENT_MS, awaitsTime, isSilent } from './conversation';
import {
    tell,
    passed,
    called,
    wentOffline,
    cameOnline,
    takenOver,
    delivered,
    partnerAway,
    typing,
    searched,
    skipped,
    ended,
    lost,
    typed,
    wrote,
    believed,
    skip,
    ready,
    inChat,
    statuses,
    saidOf,
} from './conversation.words';

describe('the link', () => {
    const torn = [...inChat(), typed('one'), wrote('1'), lost, typed('two'), wrote('2')];

    test('nothing is said while it is lost; what is written waits', () => {
        const { c, said } = tell(...torn);
        expect(c).toMatchObject({ state: 'chatting', link: 'lost' });
        expect(statuses(c)).toEqual(['sending', 'unsent']);
        expect(saidOf(said, 'message')).toHaveLength(1);
    });

    test('the same chat comes back: what is not confirmed goes again, in order', () => {
        const { c, said } = tell(...torn, believed('chatting', 'a'));
        expect(statuses(c)).toEqual(['sending', 'sending']);
        expect(saidOf(said, 'message').slice(1)).toMatchObject([
            { id: '1', chatId: 'a' },
            { id: '2', chatId: 'a' },
        ]);
    });

    test('the chat is over: the transcript stays, nothing is sent', () => {
        const { c, said } = tell(...torn, ready);
        expect(c).toMatchObject({ state: 'left', chat: { ending: { by: 'loss' } } });
        expect(statuses(c)).toEqual(['failed', 'failed']);
        expect(saidOf(said, 'message')).toHaveLength(1);
    });

    test('somebody else is there: nothing written before reaches them', () => {
        const { c, said } = tell(
            ...torn,
            typed('three'),
            believed('chatting', 'b'),
            wrote('3'),
        );
        expect(c).toMatchObject({
            state: 'chatting',
            draft: '',
            chat: { id: 'b', messages: [] },
        });
        expect(saidOf(said, 'message')).toHaveLength(1);
    });

    test('a chat skipped meanwhile is skipped when it comes back', () => {
        const { c, said } = tell(...inChat(), lost, skipped, believed('chatting', 'a'));
        expect(c.state).toBe('searching');
        expect(said.at(-1)).toEqual(skip('a'));
    });

    test('a chat ended meanwhile is ended when it comes back', () => {
        const { c, said } = tell(...inChat(), lost, ended, believed('chatting', 'a'));
        expect(c.state).toBe('left');
        expect(said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
    });

    test('a search cancelled meanwhile is withdrawn when it comes back', () => {
        const { c, said } = tell(ready, searched, lost, ended, believed('searching'));
        expect(c.state).toBe('idle');
        expect(said.at(-1)).toEqual({ say: 'end_chat' });
    });

    test('a match made while it was lost begins the chat', () => {
        expect(tell(ready, searched, lost, believed('chatting', 'a')).c).toMatchObject({
            state: 'chatting',
            chat: { id: 'a' },
        });
    });

    test('a page that opens into a chat follows the gateway', () => {
        expect(tell(believed('chatting', 'a')).c).toMatchObject({
            state: 'chatting',
            chat: { id: 'a' },
        });
        expect(tell(lost, believed('searching')).c.state).toBe('searching');
    });
});

describe('a browser without a network', () => {
    const torn = [...inChat(), typing('a'), wentOffline];

    test('says so, and what is written waits', () => {
        const { c, said } = tell(...torn, lost, typed('x'), wrote('m'));
        expect(c).toMatchObject({ link: 'offline', chat: { typingUntil: 0 } });
        expect(statuses(c)).toEqual(['unsent']);
        expect(saidOf(said, 'message')).toEqual([]);
    });

    test('calls at once when it has one again, and the chat goes on', () => {
        const back = [...torn, lost, typed('x'), wrote('m'), cameOnline];
        expect(tell(...back).c.link).toBe('lost');
        expect(tell(...back).said.at(-1)).toEqual({ say: 'call' });
        const { said } = tell(...back, believed('chatting', 'a'));
        expect(saidOf(said, 'message')).toHaveLength(1);
    });

    test('may be wrong about it', () => {
        expect(tell(...torn, believed('chatting', 'a')).c.link).toBe('up');
    });

    test('does not fight for a chat that goes on in another tab', () => {
        for (const words of [[cameOnline], [wentOffline, cameOnline], [called]]) {
            const { said } = tell(...inChat(), takenOver, ...words);
            expect(saidOf(said, 'call')).toEqual([]);
        }
    });
});

describe('a gateway that does not answer', () => {
    const silent = [ready, lost, passed(SILENT_MS)];

    test('is said not to, after some time', () => {
        expect(isSilent(tell(ready, lost, passed(SILENT_MS - 1)).c)).toBe(false);
        expect(isSilent(tell(...silent).c)).toBe(true);
        expect(isSilent(tell(passed(SILENT_MS)).c)).toBe(true);
        expect(isSilent(tell(...silent, ready).c)).toBe(false);
        expect(isSilent(tell(ready, wentOffline, passed(SILENT_MS)).c)).toBe(false);
        expect(awaitsTime(tell(ready, lost).c)).toBe(true);
    });

    test('is called at a press, and given its time again', () => {
        const { c, said } = tell(...silent, called);
        expect(said.at(-1)).toEqual({ say: 'call' });
        expect(isSilent(c)).toBe(false);
        expect(isSilent(tell(...silent, called, lost, passed(SILENT_MS)).c)).toBe(true);
        expect(tell(ready, called).said).toEqual([]);
    });

    test('is asked whether it is there when a message is not answered in time', () => {
        const story = [...inChat(), typed('x'), wrote('m'), passed(ANSWERED_MS)];
        expect(awaitsTime(tell(...story).c)).toBe(true);
        expect(saidOf(tell(...story).said, 'probe')).toEqual([{ say: 'probe', chatId: 'a' }]);
        expect(saidOf(tell(...story, passed(1000)).said, 'probe')).toHaveLength(1);
        expect(saidOf(tell(...story, passed(ANSWERED_MS)).said, 'probe')).toHaveLength(2);
        const answered = [...story.slice(0, -1), delivered('a', 'm'), passed(ANSWERED_MS)];
        expect(saidOf(tell(...answered).said, 'probe')).toEqual([]);
        const away = [...story.slice(0, -1), partnerAway('a'), passed(ANSWERED_MS)];
        expect(saidOf(tell(...away).said, 'probe')).toEqual([]);
    });

    test('refuses that question, and nobody is told', () => {
        for (const code of ['nothing_to_undo', 'already_in_chat']) {
            const refused = { type: 'error', refusal: { message: 'No', code } } as const;
            expect(tell(...inChat(), refused).c.refusal).toBeNull();
        }
    });
});
