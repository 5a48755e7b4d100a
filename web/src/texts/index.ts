// texts/index.ts -- the languages there are, and which of them a person reads.

import type { Refusal } from '../conversation';
import { en, type Texts } from './en';

export type { Texts };

const languages: Record<string, Texts> = { en };

// The first of the person's languages (BCP 47 tags, best first) that there is.
export function chooseTexts(wanted: readonly string[]): Texts {
    const tag = wanted
        .map((w) => w.toLowerCase().split('-')[0] ?? '')
        .find((w) => w in languages);
    return (tag !== undefined && languages[tag]) || en;
}

export function refusalText(texts: Texts, refusal: Refusal): string {
    return (refusal.code !== undefined && texts.refusals[refusal.code]) || refusal.message;
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
