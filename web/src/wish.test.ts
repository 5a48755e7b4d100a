// wish.test.ts -- what can be wished, and what cannot.

import { describe, expect, test } from 'vitest';
import {
    ANYBODY,
    INTERESTS_MOST,
    INTEREST_MAX,
    LANGUAGES,
    addInterest,
    faultOf,
    interestOf,
    isWish,
    removeInterest,
    splitInterests,
    type Wish,
} from './wish';

const wishFor = (...interests: string[]): Wish => ({ ...ANYBODY, interests });
const full = wishFor(...Array.from({ length: INTERESTS_MOST }, (_, i) => `i${i}`));

describe('an interest', () => {
    test('is squeezed', () => {
        expect(interestOf('  board \t\n games ')).toBe('board games');
        expect(addInterest(ANYBODY, ' board  games').interests).toEqual(['board games']);
    });

    test.each(['', '  ', '\u200b', '\u2800', '\u00ad\u034f', '\0'])('is not blank: %j', (text) => {
        expect(interestOf(text)).toBe('');
        expect(addInterest(ANYBODY, text)).toBe(ANYBODY);
        expect(faultOf(ANYBODY, text)).toBeNull();
    });

    test('may be anything that is seen', () => {
        for (const text of ['C++', '👨‍👩‍👧', 'Kraków', 'موسیقی', '日本語', '7']) {
            expect(addInterest(ANYBODY, text).interests).toEqual([text]);
        }
    });

    test('is of so many UTF-16 units at the most', () => {
        const longest = '👋'.repeat(INTEREST_MAX / 2);
        expect(addInterest(ANYBODY, longest).interests).toEqual([longest]);
        expect(addInterest(ANYBODY, `  ${longest}  `).interests).toEqual([longest]);
        expect(faultOf(ANYBODY, longest + 'x')).toBe('too_long');
        expect(addInterest(ANYBODY, longest + 'x')).toBe(ANYBODY);
    });

    test('is there once, in whatever case and form', () => {
        const wish = wishFor('Café', 'GO');
        for (const text of ['café', 'CAFE\u0301', 'go', 'ＧＯ']) {
            expect(addInterest(wish, text)).toBe(wish);
            expect(faultOf(wish, text)).toBeNull();
        }
    });

    test('is one of so many at the most', () => {
        expect(faultOf(full, 'one more')).toBe('too_many');
        expect(addInterest(full, 'one more')).toBe(full);
        expect(faultOf(full, 'I0')).toBeNull();
        expect(faultOf(removeInterest(full, 'i3'), 'one more')).toBeNull();
    });

    test('can be removed', () => {
        expect(removeInterest(wishFor('a', 'b', 'c'), 'b').interests).toEqual(['a', 'c']);
    });
});

describe('a comma', () => {
    test('ends an interest; what comes after the last stays to be typed', () => {
        expect(splitInterests(wishFor('a'), 'b, c,d')).toEqual({
            wish: wishFor('a', 'b', 'c'),
            rest: 'd',
        });
        expect(splitInterests(ANYBODY, 'chess,')).toEqual({ wish: wishFor('chess'), rest: '' });
        expect(splitInterests(ANYBODY, 'chess')).toEqual({ wish: ANYBODY, rest: 'chess' });
    });

    test.each(['，', '、', '،'])('may be another: %s', (comma) => {
        expect(splitInterests(ANYBODY, `a${comma}b`).wish).toEqual(wishFor('a'));
    });

    test('drops what is blank or there already, and leaves what cannot be added', () => {
        const long = 'x'.repeat(INTEREST_MAX + 1);
        expect(splitInterests(wishFor('a'), `, A,${long},b,c`)).toEqual({
            wish: wishFor('a', 'b'),
            rest: `${long},c`,
        });
        expect(splitInterests(full, 'more,')).toEqual({ wish: full, rest: 'more,' });
    });
});

describe('what is read as a wish', () => {
    test.each<[Wish]>([
        [ANYBODY],
        [full],
        [{ interests: ['C++', 'go'], language: 'ja' }],
    ])('%j', (wish) => {
        expect(isWish(JSON.parse(JSON.stringify(wish)))).toBe(true);
    });

    test.each([
        ...[null, undefined, 7, 'chess', [], {}],
        { interests: ['a'] },
        { language: 'en' },
        { interests: 'chess', language: '' },
        { interests: { length: 1, 0: 'a' }, language: '' },
        { interests: [7], language: '' },
        { interests: [''], language: '' },
        { interests: [' a'], language: '' },
        { interests: ['a', 'A'], language: '' },
        { interests: ['x'.repeat(INTEREST_MAX + 1)], language: '' },
        { interests: [...full.interests, 'more'], language: '' },
        { interests: [], language: 'xx' },
        { interests: [], language: null },
    ])('not %j', (value) => {
        expect(isWish(value)).toBe(false);
    });
});

test('every language has a tag and a name of its own', () => {
    const tags = LANGUAGES.map(({ tag }) => tag);
    const names = LANGUAGES.map(({ name }) => name);
    expect(tags).toHaveLength(20);
    expect(new Set(tags).size).toBe(tags.length);
    expect(new Set(names).size).toBe(names.length);
    expect(tags.every((tag) => /^[a-z]{2}$/.test(tag))).toBe(true);
});
