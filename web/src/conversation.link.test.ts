// conversation.link.test.ts -- sentences in which the link is lost and comes back.

import { describe, expect, test } from 'vitest';
import {
    tell,
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
