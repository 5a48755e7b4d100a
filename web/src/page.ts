// page.ts -- the page's actor.
//
// Owns the conversation. Gives every action its time, tells the gateway what the reducer
// wants said, remembers it for the next load of the page, and ticks each second while something
// shown waits for time to pass. Keeps what the user prefers, too.

import { keepWish, nameBrowser, openBrowserStore, recallWish } from './browser';
import { awaitsTime, begin, type Action, type Conversation } from './conversation';
import { keep, openTabStore, recall, write } from './memory';
import { keepPreferences, recallPreferences, type Preferences } from './preferences';
import { makeId } from './random_id';
import { reduce } from './rules';
import { openSocket } from './socket';
import { watchWorld } from './world';

type Without<A, K extends string> = A extends unknown ? Omit<A, K> : never;

// An action before it is given its time.
export type News = Without<Action, 'at'>;

type Deeds =
    | 'searched' | 'skipped' | 'undid' | 'ended' | 'typed' | 'retried'
    | 'skip_pressed' | 'end_pressed' | 'stayed' | 'called'
    | 'block_considered' | 'block_dropped' | 'blocked'
    | 'interest_typed' | 'interest_added' | 'interest_removed' | 'language_chosen';

// What a view may report of the user. The page makes the id of what was written.
export type Deed = Extract<News, { type: Deeds }> | { type: 'wrote' };

export type Page = {
    read: () => Conversation;
    subscribe: (listener: () => void) => () => void;
    act: (deed: Deed) => void;
    preferences: () => Preferences;
    prefer: (set: Partial<Preferences>) => void;
};

const TICK_MS = 1000;

export function openPage(): Page {
    const listeners = new Set<() => void>();
    const store = openTabStore();
    const browserStore = openBrowserStore();
    const memory = recall(store);
    let preferences = recallPreferences(browserStore);
    const wish = recallWish(browserStore);
    let conversation = begin(Date.now(), memory?.kept, wish, preferences.auto);
    let ticking: ReturnType<typeof setInterval> | undefined;
    let remembering = false;
    let remembered: string | null | undefined; // The text kept last.

    function hear(news: News): void {
        const before = conversation;
        const next = reduce(before, { ...news, at: Date.now() } as Action);
        conversation = next.conversation;
        next.say.forEach(socket.say);
        keepTicking();
        remember();
        if (conversation.wish !== before.wish) {
            keepWish(browserStore, conversation.wish);
        }
        if (conversation !== before) {
            tellAll();
        }
    }

    function tellAll(): void {
        listeners.forEach((listener) => listener());
    }

    function prefer(set: Partial<Preferences>): void {
        const before = preferences;
        preferences = { ...before, ...set };
        keepPreferences(browserStore, preferences);
        if (preferences.auto !== before.auto) {
            hear({ type: 'auto_chosen', on: preferences.auto });
        }
        tellAll();
    }

    function keepTicking(): void {
        if (awaitsTime(conversation)) {
            ticking ??= setInterval(() => hear({ type: 'ticked' }), TICK_MS);
        } else {
            clearInterval(ticking);
            ticking = undefined;
        }
    }

    // After each change, so that a crash loses nothing; but as soon as the running code has come
    // to its end, not before: only then does the token count the event that made the change.
    function remember(): void {
        if (remembering) {
            return;
        }
        remembering = true;
        queueMicrotask(() => {
            remembering = false;
            const text = write(conversation, socket.token());
            if (text !== remembered) {
                remembered = text;
                keep(store, text);
            }
        });
    }

    const socket = openSocket(hear, nameBrowser(browserStore), memory?.token ?? null);
    watchWorld(hear);
    return {
        read: () => conversation,
        preferences: () => preferences,
        prefer,
        subscribe: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        act: (deed) => hear(deed.type === 'wrote' ? { ...deed, id: makeId() } : deed),
    };
}
