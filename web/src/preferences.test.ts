// preferences.test.ts -- how the user wants the page, as a browser keeps it.

import { describe, expect, test } from 'vitest';
import { DEFAULTS, keepPreferences, recallPreferences } from './preferences';

const storeOf = (text: string | null) => {
    const store = {
        text,
        getItem: () => store.text,
        setItem: (_: string, next: string) => void (store.text = next),
        removeItem: () => void (store.text = null),
    };
    return store;
};

describe('preferences', () => {
    test('are remembered', () => {
        const store = storeOf(null);
        const wanted = { ...DEFAULTS, welcomed: true, language: 'ar', theme: 'dark' } as const;
        keepPreferences(store, wanted);
        expect(recallPreferences(store)).toEqual(wanted);
    });

    test.each([null, '', '{', '7', '{}', '{"theme":"dark"}'])('are none: %s', (text) => {
        expect(recallPreferences(storeOf(text))).toEqual(DEFAULTS);
    });

    test.each([
        ['theme', 'pink'],
        ['sound', 'yes'],
        ['language', 7],
        ['language', 'x'.repeat(9)],
    ])('are none with %s %s', (name, value) => {
        const spoilt = JSON.stringify({ ...DEFAULTS, [name]: value });
        expect(recallPreferences(storeOf(spoilt))).toEqual(DEFAULTS);
    });

    test('are the ordinary ones where nothing may be kept', () => {
        expect(recallPreferences(null)).toEqual(DEFAULTS);
        expect(() => keepPreferences(null, DEFAULTS)).not.toThrow();
    });
});
