// attention.test.ts -- what calls somebody back who looks elsewhere.

import { describe, expect, test } from 'vitest';
import { happeningOf, titleOf } from './attention';
import {
    tell,
    searched,
    hid,
    matched,
    message,
    partnerLeft,
    skipped,
    ready,
    inChat,
    type Word,
} from './conversation.words';
import { en } from './texts/en';

// What the last word of a story is to who looks elsewhere.
const happening = (...words: Word[]) =>
    happeningOf(tell(...words.slice(0, -1)).c, tell(...words).c);

describe('what happens', () => {
    test('while the page is seen calls nobody', () => {
        expect(happening(...inChat())).toBeNull();
        expect(happening(...inChat(), message('a', 'hi'))).toBeNull();
    });

    test('while it is hidden does: a match, a message, a partner who leaves', () => {
        expect(happening(ready, searched, hid, matched('a'))).toBe('matched');
        expect(happening(...inChat(), hid, message('a', 'hi'))).toBe('message');
        expect(happening(...inChat(), hid, partnerLeft('a'))).toBe('left');
    });

    test('twice calls once', () => {
        const story = [...inChat(), hid, message('a', 'hi'), message('a', 'hi')];
        expect(happening(...story)).toBeNull();
        expect(happening(...inChat(), hid, partnerLeft('a'), partnerLeft('a'))).toBeNull();
    });
});

describe('the title', () => {
    const title = (...words: Word[]) => titleOf(tell(...words).c, en);

    test('says where one is', () => {
        expect(title(ready)).toBe('Anonymous chat');
        expect(title(ready, searched)).toBe('Looking… · Anonymous chat');
        expect(title(...inChat())).toBe('Your partner · Anonymous chat');
        expect(title(...inChat(), skipped, matched('b'), partnerLeft('b'))).toBe(
            'Chat over · Anonymous chat',
        );
    });

    test('counts what was not read', () => {
        const story = [...inChat(), hid, message('a', 'one'), message('a', 'two')];
        expect(title(...story)).toBe('(2) Your partner · Anonymous chat');
    });
});
