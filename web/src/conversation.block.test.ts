// conversation.block.test.ts -- sentences in which somebody is never to be met again.

import { describe, expect, test } from 'vitest';
import {
    tell,
    searched,
    skipped,
    ended,
    lost,
    reloaded,
    typed,
    wrote,
    believed,
    matched,
    message,
    partnerLeft,
    blockConsidered,
    blockDropped,
    blocked,
    blocks,
    blockNoted,
    blockRefused,
    search,
    ready,
    inChat,
    statuses,
    texts,
    saidOf,
    type Word,
} from './conversation.words';

const block = { say: 'block', chatId: 'a' };

describe('a block', () => {
    test('is asked about once more before anything is said', () => {
        for (const words of [
            [...inChat(), blocked('a')],
            [...inChat(), blockConsidered('a')],
            [...inChat(), blockConsidered('a'), blockDropped('a'), blocked('a')],
        ]) {
            const { c, said } = tell(...words);
            expect(c.state).toBe('chatting');
            expect(saidOf(said, 'block')).toEqual([]);
        }
    });

    test('ends the chat, and is noted', () => {
        const story = [...inChat(), message('a', 'hi'), typed('x'), wrote('m'), ...blocks('a')];
        const { c, said } = tell(...story);
        expect(c).toMatchObject({
            state: 'left',
            draft: '',
            chat: { ending: { by: 'user' }, block: 'said' },
        });
        expect(texts(c)).toEqual(['hi', 'x']);
        expect(statuses(c)).toEqual(['delivered', 'failed']);
        expect(said.at(-1)).toEqual(block);
        expect(saidOf(said, 'end_chat')).toEqual([]);
        expect(tell(...story, blockNoted('a')).c.chat?.block).toBe('noted');
    });

    test.each<[string, Word[], string]>([
        ['after the partner left', [partnerLeft('a')], 'left'],
        ['after the user ended the chat', [ended], 'left'],
        ['after a skip, while the search goes on', [skipped], 'searching'],
        ['of a partner who leaves at the question', [blockConsidered('a'), partnerLeft('a')],
            'left'],
    ])('is of the last partner %s', (_, words, state) => {
        const { c, said } = tell(...inChat(), ...words, ...blocks('a'), blockNoted('a'));
        expect(c).toMatchObject({ state, chat: { id: 'a', block: 'noted' } });
        expect(said.at(-1)).toEqual(block);
    });

    test('is said once', () => {
        const story = [...inChat(), ...blocks('a')];
        for (const more of [blocks('a'), [blockNoted('a'), ...blocks('a')], [blockDropped('a')]]) {
            expect(saidOf(tell(...story, ...more).said, 'block')).toHaveLength(1);
        }
    });

    test('does nothing to somebody else', () => {
        const second = [...inChat('a'), skipped, blockConsidered('a'), matched('b')];
        expect(tell(...second, blocked('a'))).toEqual(tell(...second));
        expect(tell(...second).c.chat?.block).toBe('none');
        const said = [...inChat('a'), skipped, ...blocks('a'), matched('b')];
        for (const answer of [blockNoted('a'), blockRefused('a', 1)]) {
            expect(tell(...said, answer)).toEqual(tell(...said));
        }
    });

    test('is not asked about any more after another way out', () => {
        for (const words of [[skipped], [lost, skipped], [ended]]) {
            const { c } = tell(...inChat(), blockConsidered('a'), ...words);
            expect(c.chat?.block).toBe('none');
        }
    });
});

describe('a refused block', () => {
    test('says why, and can be tried again', () => {
        const story = [...inChat(), partnerLeft('a'), ...blocks('a'), blockRefused('a')];
        const { c, said } = tell(...story);
        expect(c).toMatchObject({
            state: 'left',
            chat: { block: 'none' },
            refusal: { message: 'Not now' },
        });
        expect(said.at(-1)).toEqual(block);
        expect(saidOf(tell(...story, ...blocks('a')).said, 'block')).toHaveLength(2);
    });

    test('of a partner in a chat ends that chat all the same', () => {
        const { c, said } = tell(...inChat(), ...blocks('a'), blockRefused('a', 1));
        expect(c).toMatchObject({ state: 'left', refusal: { retryAfter: 1 } });
        expect(said.at(-1)).toEqual({ say: 'end_chat', chatId: 'a' });
    });

    test('of the last partner ends nothing', () => {
        for (const left of [partnerLeft('a'), skipped]) {
            const { said } = tell(...inChat(), left, ...blocks('a'), blockRefused('a', 1));
            expect(said.at(-1)).toEqual(block);
        }
    });
});

describe('a block whose answer was lost with the link', () => {
    const torn = [...inChat(), ...blocks('a'), lost];

    test('is said again', () => {
        for (const words of [torn, [...inChat(), ...blocks('a'), reloaded]]) {
            const { c, said } = tell(...words, ready);
            expect(c).toMatchObject({ state: 'left', link: 'up', chat: { block: 'said' } });
            expect(saidOf(said, 'block')).toEqual([block, block]);
            expect(saidOf(said, 'end_chat')).toEqual([]);
        }
        expect(saidOf(tell(...torn, ready, blockNoted('a'), lost, ready).said, 'block'))
            .toHaveLength(2);
    });

    test('or that was never said, ends the chat when the link is back', () => {
        const { c, said } = tell(...inChat(), lost, ...blocks('a'), believed('chatting', 'a'));
        expect(c.state).toBe('left');
        expect(said.slice(1)).toEqual([block]);
    });

    test('is said again before the next search', () => {
        for (const belief of [ready, believed('searching'), believed('chatting', 'a')]) {
            const { c, said } = tell(...torn, searched, belief);
            expect(c.state).toBe('searching');
            expect(said.slice(-2)).toEqual([block, search]);
        }
    });

    test('is said again, and what the gateway believes besides is left', () => {
        expect(tell(...torn, believed('searching')).said.slice(-2)).toEqual([
            block,
            { say: 'end_chat' },
        ]);
        expect(tell(...torn, believed('chatting', 'b')).said.slice(-2)).toEqual([
            block,
            { say: 'end_chat', chatId: 'b' },
        ]);
    });
});
