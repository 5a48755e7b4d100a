// texts.test.ts -- every language says everything, and each what it should.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { LANGUAGES_OF_PAGE, chooseLanguage, loadTexts, refusalText } from '.';

// All that a browser may be refused for, by the gateway's own table.
const table = readFileSync(new URL('../../../common/wire/refusals.def', import.meta.url), 'utf8');
const refusals = table.split('// Between processes')[0]!;
const codes = [...refusals.matchAll(/^REFUSAL \(\w+, +\d+, +"(\w+)"/gm)].map(([, code]) => code!);

// What only a client with a fault of its own can meet, and what is not shown.
const UNSEEN = ['unknown_event', 'invalid_payload', 'binary', 'taken_over', 'invalid_language'];

type Shape = string | { [name: string]: Shape };

function shapeOf(value: unknown): Shape {
    return typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeOf(each)]))
        : typeof value;
}

describe('a language', () => {
    test.each([['de', de], ['ar', ar]])('says all that English does: %s', (_, texts) => {
        const said = { ...texts, refusals: {} };
        expect(shapeOf(said)).toEqual(shapeOf({ ...en, refusals: {} }));
    });

    test.each([['de', de], ['ar', ar]])('knows every refusal: %s', (_, texts) => {
        expect(codes.length).toBeGreaterThan(20);
        const seen = codes.filter((code) => !UNSEEN.includes(code));
        expect(Object.keys(texts.refusals).sort()).toEqual(seen.sort());
    });

    test('is the first of those that the person reads', () => {
        expect(chooseLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
        expect(chooseLanguage(['ar'])).toBe('ar');
        expect(chooseLanguage(['fr', 'toString'])).toBe('en');
        expect(chooseLanguage([])).toBe('en');
    });

    test('can be chosen and loaded', async () => {
        for (const { tag } of LANGUAGES_OF_PAGE) {
            expect((await loadTexts(tag)).language).toBe(tag);
        }
        expect((await loadTexts('xx')).language).toBe('en');
    });
});

test('what is refused is said in the language, or in the words that came', () => {
    const refusal = { message: 'Too many messages sent', code: 'too_many_messages' };
    expect(refusalText(en, refusal)).toBe('Too many messages sent');
    expect(refusalText(de, refusal)).toBe('Zu viele Nachrichten auf einmal');
    expect(refusalText(de, { message: 'New', code: 'constructor' })).toBe('New');
});

test('Arabic counts in its own way', () => {
    expect([0, 1, 2, 3, 11, 100].map(ar.online)).toEqual([
        'متصل الآن: لا أحد',
        'متصل الآن: شخص واحد',
        'متصل الآن: شخصان',
        'متصل الآن: 3 أشخاص',
        'متصل الآن: 11 شخصًا',
        'متصل الآن: 100 شخص',
    ]);
});
