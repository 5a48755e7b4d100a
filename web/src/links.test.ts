// links.test.ts -- what of a text can be pressed.

import { beforeAll, describe, expect, test } from 'vitest';
import { loadFinder, mayHoldLink, piecesOf } from './links';

beforeAll(loadFinder);

const found = (text: string) =>
    piecesOf(text).flatMap((piece) => (typeof piece === 'string' ? [] : [piece.url]));

describe('an address', () => {
    test.each([
        ['see https://example.com/a?b=1#c, ok', 'https://example.com/a?b=1#c'],
        ['example.com!', 'http://example.com/'],
        ['(http://example.com/a_(b))', 'http://example.com/a_(b)'],
        ['שלום http://example.com שלום', 'http://example.com/'],
        ['https://münchen.de', 'https://xn--mnchen-3ya.de/'],
        ['https://аррӏе.com', 'https://xn--80ak6aa92e.com/'],
    ])('is found: %s', (text, url) => {
        expect(mayHoldLink(text)).toBe(true);
        expect(found(text)).toEqual([url]);
    });

    test.each([
        'javascript:alert(1)',
        'data:text/html,<b>',
        'file:///etc/passwd',
        'ftp://example.com',
        'mailto:a@example.com',
        'tel:12345',
        '//example.com',
        'a@example.com',
        'evil\u202egpj.exe',
        'well... ok',
        'no:where',
    ])('is not: %s', (text) => {
        expect(found(text)).toEqual([]);
        expect(piecesOf(text).join('')).toBe(text);
    });

    test('turns no other letters into its own: what turns the text round is seen', () => {
        expect(found('http://example.com/\u202egpj.exe')).toEqual([
            'http://example.com/%E2%80%AEgpj.exe',
        ]);
    });

    test('leaves the text as it was', () => {
        const text = 'one http://a.com two http://b.org/ three';
        const texts = piecesOf(text).map((p) => (typeof p === 'string' ? p : p.text));
        expect(texts).toEqual(['one ', 'http://a.com', ' two ', 'http://b.org/', ' three']);
    });
});

test('most texts hold none, and fetch nothing', () => {
    for (const text of ['hello', 'Hello. How are you?', 'Yes...', ':-)', '']) {
        expect(mayHoldLink(text)).toBe(false);
    }
});
