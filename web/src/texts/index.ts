// texts/index.ts -- the languages there are, which of them a person reads, and what is the same in
// all of them.

import type { Refusal } from '../conversation';
import { en, type Texts } from './en';

export type { Texts };

// Each by its own name. All but English are loaded when they are wanted.
export const LANGUAGES_OF_PAGE: readonly { tag: string; name: string }[] = [
    { tag: 'ar', name: 'العربية' },
    { tag: 'de', name: 'Deutsch' },
    { tag: 'en', name: 'English' },
];

const loaders: Record<string, () => Promise<Texts>> = {
    ar: async () => (await import('./ar')).ar,
    de: async () => (await import('./de')).de,
    en: async () => en,
};

const primary = (tag: string) => tag.toLowerCase().split('-')[0] ?? '';

// The first of the person's languages (BCP 47 tags, best first) that there is.
export function chooseLanguage(wanted: readonly string[]): string {
    return wanted.map(primary).find((tag) => Object.hasOwn(loaders, tag)) ?? 'en';
}

// English, where another language cannot be loaded.
export async function loadTexts(language: string): Promise<Texts> {
    try {
        return await (loaders[language] ?? loaders.en!)();
    } catch {
        return en;
    }
}

export function refusalText(texts: Texts, refusal: Refusal): string {
    const { code, message } = refusal;
    return code !== undefined && Object.hasOwn(texts.refusals, code)
        ? texts.refusals[code]!
        : message;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });

// A time of day, the way this browser's owner writes it.
export function clockTime(at: number): string {
    return clock.format(at);
}

// A span as minutes and seconds: 0:07, 12:30.
export function spanText(ms: number): string {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
