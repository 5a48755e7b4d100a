// browser.ts -- what all tabs of a browser remember: its name, and what its user wishes.
//
// Keeps both in localStorage, and nothing of any chat. The name is random and no token: whoever
// knows it can do nothing with it. It only has the tabs of one browser never meet each other.

import { makeId } from './random_id';
import { fetchText, keepText, openStore, type Store } from './store';
import { ANYBODY, isWish, type Wish } from './wish';

const NAME = 'browser';
const WISH = 'wish';

export function openBrowserStore(): Store | null {
    return openStore(() => window.localStorage);
}

// The browser's name. Without a store it lasts for one load of the page.
export function nameBrowser(store: Store | null): string {
    const kept = fetchText(store, NAME);
    if (kept !== null && /^[0-9a-f]{24}$/.test(kept)) {
        return kept;
    }
    const made = makeId();
    keepText(store, NAME, made);
    return made;
}

// What was wished last; anything that is no wish is for anybody.
export function recallWish(store: Store | null): Wish {
    try {
        const value: unknown = JSON.parse(fetchText(store, WISH) ?? 'null');
        return isWish(value) ? value : ANYBODY;
    } catch {
        return ANYBODY;
    }
}

export function keepWish(store: Store | null, { interests, language }: Wish): void {
    const isForAnybody = interests.length === 0 && language === '';
    keepText(store, WISH, isForAnybody ? null : JSON.stringify({ interests, language }));
}
