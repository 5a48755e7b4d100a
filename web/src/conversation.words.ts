// conversation.words.ts -- the words that the reducer's tests make their sentences of: what the
// user does, what the gateway says, and the time that passes in between.

import { begin, type Action, type Conversation, type Say } from './conversation';
import { read, write } from './memory';
import type { News } from './page';
import { reduce } from './rules';
import { ANYBODY } from './wish';

export type Word = News | { type: 'waited'; ms: number } | { type: 'reloaded' };

// Tells a story from a fresh page; each word comes 1 ms after the one before.
export function tell(...words: Word[]): { c: Conversation; said: Say[] } {
    let at = 1_000_000;
    let c = begin(at);
    const said: Say[] = [];
    for (const word of words) {
        at += word.type === 'waited' ? word.ms : 1;
        if (word.type === 'reloaded') {
            c = begin(at, read(write(c, null))?.kept);
            continue;
        }
        const news: News = word.type === 'waited' ? { type: 'ticked' } : word;
        const next = reduce(c, { ...news, at } as Action);
        c = next.conversation;
        said.push(...next.say);
    }
    return { c, said };
}

export const passed = (ms: number): Word => ({ type: 'waited', ms });
export const searched: Word = { type: 'searched' };
export const undid: Word = { type: 'undid' };
export const blockConsidered = (chatId: string): Word => ({
    type: 'block_considered',
    chatId,
});
export const blockDropped = (chatId: string): Word => ({ type: 'block_dropped', chatId });
export const blocked = (chatId: string): Word => ({ type: 'blocked', chatId });
// Blocks, and means it.
export const blocks = (chatId: string) => [blockConsidered(chatId), blocked(chatId)];
export const interestTyped = (text: string, composing = false): Word => ({
    type: 'interest_typed',
    text,
    composing,
});
export const interestAdded: Word = { type: 'interest_added' };
export const interestRemoved = (interest: string): Word => ({
    type: 'interest_removed',
    interest,
});
export const languageChosen = (language: string): Word => ({
    type: 'language_chosen',
    language,
});
export const skipped: Word = { type: 'skipped' };
export const ended: Word = { type: 'ended' };
export const skipPressed: Word = { type: 'skip_pressed' };
export const endPressed: Word = { type: 'end_pressed' };
export const stayed: Word = { type: 'stayed' };
export const called: Word = { type: 'called' };
export const autoChosen = (on = true): Word => ({ type: 'auto_chosen', on });
export const hid: Word = { type: 'hid' };
export const shown: Word = { type: 'shown' };
export const wentOffline: Word = { type: 'went_offline' };
export const cameOnline: Word = { type: 'came_online' };
export const lost: Word = { type: 'lost' };
export const reloaded: Word = { type: 'reloaded' };
export const takenOver: Word = { type: 'taken_over' };
export const typed = (text: string): Word => ({ type: 'typed', text });
export const wrote = (id: string): Word => ({ type: 'wrote', id });
export const retried = (id: string): Word => ({ type: 'retried', id });
export const believed = (state: 'idle' | 'searching' | 'chatting', chatId = ''): Word => ({
    type: 'state',
    state,
    chatId,
    partnerId: chatId && `partner of ${chatId}`,
});
export const matched = (
    chatId: string,
    interests: string[] = [],
    again: string | undefined = undefined,
): Word => ({
    type: 'matched',
    chatId,
    partnerId: `partner of ${chatId}`,
    interests,
    again,
});
export const reunited = (chatId: string, again: string) => matched(chatId, [], again);
export const waiting = (waitedMs: number, searching: number): Word => ({
    type: 'waiting',
    waitedMs,
    searching,
});
export const searchTimeout = (waitedMs: number): Word => ({
    type: 'search_timeout',
    waitedMs,
});
export const message = (chatId: string, text: string, id = text): Word => ({
    type: 'message',
    chatId,
    id,
    text,
    timestamp: 5,
});
export const typing = (chatId: string, on = true): Word => ({ type: 'typing', chatId, on });
export const partnerAway = (chatId: string): Word => ({ type: 'partner_away', chatId });
export const partnerBack = (chatId: string): Word => ({ type: 'partner_back', chatId });
export const partnerLeft = (chatId: string, reason = 'skipped'): Word => ({
    type: 'partner_left',
    chatId,
    reason,
});
export const delivered = (chatId: string, id: string): Word => ({
    type: 'delivered',
    chatId,
    id,
    timestamp: 7,
});
export const undelivered = (chatId: string, id: string, retryAfter?: number): Word => ({
    type: 'undelivered',
    chatId,
    id,
    refusal: { message: 'Too many messages sent', retryAfter },
});
export const searchRefused = (retryAfter?: number): Word => ({
    type: 'search_refused',
    refusal: { message: 'Too many searches', retryAfter },
});
export const skipRefused = (chatId: string, retryAfter?: number): Word => ({
    type: 'skip_refused',
    chatId,
    refusal: { message: 'No', retryAfter },
});

export const undoRefused = (chatId: string): Word => ({
    type: 'undo_refused',
    chatId,
    refusal: { message: 'No longer free', code: 'partner_taken' },
});
export const blockNoted = (chatId: string): Word => ({ type: 'block_noted', chatId });
export const blockRefused = (chatId: string, retryAfter?: number): Word => ({
    type: 'block_refused',
    chatId,
    refusal: { message: 'Not now', retryAfter },
});

// What the page says that wishes for anybody.
export const search: Say = { say: 'search', wish: ANYBODY };
export const skip = (chatId: string): Say => ({ say: 'skip', chatId, wish: ANYBODY });

export const ready = believed('idle');
export const inChat = (chatId = 'a') => [ready, searched, matched(chatId)];
export const texts = (c: Conversation) => c.chat?.messages.map((m) => m.text);
export const statuses = (c: Conversation) => c.chat?.messages.map((m) => m.status);
export const saidOf = (said: Say[], say: Say['say']) => said.filter((s) => s.say === say);
