// preferences.ts -- how the user wants the page: remembered by the browser, and told to nobody.

import { either, oneOf, shaped } from './checks';
import { fetchText, keepText, type Store } from './store';

export type Theme = 'system' | 'light' | 'dark';

export type Preferences = {
    welcomed: boolean; // Has read what this is, and is an adult.
    language: string; // Of the page; empty: the browser's.
    theme: Theme;
    sound: boolean;
    notify: boolean;
    auto: boolean; // The next search begins by itself.
};

export const DEFAULTS: Preferences = {
    welcomed: false, language: '', theme: 'system', sound: false, notify: false, auto: false,
};

const KEY = 'preferences';
const isTruth = oneOf(true, false);

const isPreferences = shaped<Preferences>({
    welcomed: isTruth,
    language: either((value) => typeof value === 'string' && value.length <= 8),
    theme: oneOf('system', 'light', 'dark'),
    sound: isTruth,
    notify: isTruth,
    auto: isTruth,
});

// Anything else is as good as nothing.
export function recallPreferences(store: Store | null): Preferences {
    try {
        const value: unknown = JSON.parse(fetchText(store, KEY) ?? 'null');
        return isPreferences(value) ? value : DEFAULTS;
    } catch {
        return DEFAULTS;
    }
}

export function keepPreferences(store: Store | null, preferences: Preferences): void {
    keepText(store, KEY, JSON.stringify(preferences));
}
