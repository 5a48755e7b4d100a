// browser.test.ts -- what all tabs of a browser remember.

import { describe, expect, test } from 'vitest';
import { keepWish, nameBrowser, openBrowserStore, recallWish } from './browser';
import { ANYBODY } from './wish';

function makeStore(texts: Record<string, string> = {}) {
    return {
        texts,
        getItem: (key: string) => texts[key] ?? null,
        setItem: (key: string, text: string) => void (texts[key] = text),
        removeItem: (key: string) => void delete texts[key],
    };
}

const refuse = () => {
    throw new Error('SecurityError');
};
const closed = { getItem: refuse, setItem: refuse, removeItem: refuse };
const chess = { interests: ['chess'], language: 'pl' };

describe('the name of a browser', () => {
    test('is made once, and the same in all its tabs', () => {
        const store = makeStore();
        const name = nameBrowser(store);
        expect(name).toMatch(/^[0-9a-f]{24}$/);
        expect(nameBrowser(store)).toBe(name);
        expect(nameBrowser(makeStore())).not.toBe(name);
    });

    test('is made anew in place of anything else', () => {
        for (const other of ['', 'x', 'x'.repeat(100), 'A'.repeat(24)]) {
            const store = makeStore({ browser: other });
            const name = nameBrowser(store);
            expect(name).toMatch(/^[0-9a-f]{24}$/);
            expect(nameBrowser(store)).toBe(name);
        }
    });

    test('lasts for one page where nothing may be kept', () => {
        for (const store of [openBrowserStore(), closed]) {
            expect(nameBrowser(store)).toMatch(/^[0-9a-f]{24}$/);
            expect(nameBrowser(store)).not.toBe(nameBrowser(store));
        }
    });
});

describe('what was wished last', () => {
    test('is remembered; anybody needs no memory', () => {
        const store = makeStore();
        keepWish(store, chess);
        expect(recallWish(store)).toEqual(chess);
        keepWish(store, ANYBODY);
        expect(store.texts).toEqual({});
        expect(recallWish(store)).toEqual(ANYBODY);
    });

    test.each(['', '{', '7', '{}', '{"interests":[" "],"language":""}'])(
        'is anybody, if it is no wish: %s',
        (wish) => {
            expect(recallWish(makeStore({ wish }))).toEqual(ANYBODY);
        },
    );

    test('is anybody where nothing may be kept', () => {
        for (const store of [openBrowserStore(), closed]) {
            expect(() => keepWish(store, chess)).not.toThrow();
            expect(recallWish(store)).toEqual(ANYBODY);
        }
    });
});
