// memory.ts -- what a tab remembers of its chat when the page is loaded anew.
//
// Keeps, as one text in sessionStorage: the conversation as it is shown, and the token by which
// the gateway knows its user again. A page that begins shows the one at once and connects with
// the other. That store belongs to this tab alone and dies with it, and so does what is in it;
// only a tab that is copied, or closed and brought back, brings a copy. Never localStorage: it
// outlives the chat, and everybody at this computer could read there what two people said. All
// but the three functions at the end is pure.

import type { Chat, Conversation, Ending, Kept, Message, Refusal, State } from './conversation';

// What lets a user resume: socket.io-client's id for recovery, and the last event it has seen.
export type Token = { pid: string; offset?: string };

export type Memory = { kept: Kept; token: Token | null };

// So many of a chat's messages, the last ones, are remembered.
export const MESSAGES_MOST = 200;

// States that are worth coming back to. In all others nothing is kept.
const SEEKING: readonly State[] = ['connecting', 'searching'];
const TALKING: readonly State[] = ['chatting', 'away'];

// -- writing -----------------------------------------------------------------------------------

// The text to keep, or null when there is nothing to come back to.
export function write(c: Conversation, token: Token | null): string | null {
    if (![...SEEKING, ...TALKING, 'left'].includes(c.state)) {
        return null;
    }
    // Who types must say so again.
    const chat = c.chat && {
        ...c.chat,
        messages: c.chat.messages.slice(-MESSAGES_MOST),
        toldTypingAt: 0,
        typingUntil: 0,
    };
    const kept: Kept = { state: c.state, since: c.since, chat, draft: c.draft };
    return JSON.stringify({ kept, token } satisfies Memory);
}

// -- reading -----------------------------------------------------------------------------------

const LATEST_MS = 8.64e15; // The last time that a Date can be.

type Check<T> = (value: unknown) => value is T;
type Checks<T> = { [K in keyof T]-?: (value: unknown) => boolean };

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown) =>
    typeof value === 'number' && value >= 0 && value <= LATEST_MS;
const isNumber = (value: unknown) => typeof value === 'number';
const isNull = (value: unknown): value is null => value === null;
const isMissing = (value: unknown) => value === undefined;
const oneOf = (...values: readonly unknown[]) => (value: unknown) => values.includes(value);
const either = (...checks: readonly ((value: unknown) => boolean)[]) => (value: unknown) =>
    checks.some((check) => check(value));
const listOf = (check: (value: unknown) => boolean) => (value: unknown) =>
    Array.isArray(value) && value.length <= MESSAGES_MOST && value.every(check);

// An object whose fields all pass. What has no check is not looked at.
function shaped<T>(checks: Checks<T>): Check<T> {
    return (value): value is T =>
        typeof value === 'object' &&
        value !== null &&
        Object.entries<(value: unknown) => boolean>(checks).every(([name, check]) =>
            check((value as Record<string, unknown>)[name]),
        );
}

const isRefusal = shaped<Refusal>({
    message: isText,
    code: either(isText, isMissing),
    retryAfter: either(isNumber, isMissing),
});

const isMessage = shaped<Message>({
    id: isText,
    from: oneOf('user', 'partner'),
    text: isText,
    at: isTime,
    status: oneOf('unsent', 'sending', 'delivered', 'failed'),
    refusal: either(isRefusal, isMissing),
});

const isEnding = either(
    shaped<Extract<Ending, { by: 'partner' }>>({ by: oneOf('partner'), reason: isText }),
    shaped<Extract<Ending, { by: 'user' }>>({ by: oneOf('user', 'loss') }),
);

const isChat = shaped<Chat>({
    id: isText,
    partner: isText,
    interests: listOf(isText),
    messages: listOf(isMessage),
    toldTypingAt: oneOf(0),
    typingUntil: oneOf(0),
    ending: either(isEnding, isNull),
});

const isKept = shaped<Kept>({
    state: oneOf(...SEEKING, ...TALKING, 'left'),
    since: isTime,
    chat: either(isChat, isNull),
    draft: isText,
});

const isMemory = shaped<Memory>({
    kept: isKept,
    token: either(isNull, shaped<Token>({ pid: isText, offset: either(isText, isMissing) })),
});

// In a chat there is one, and it is over exactly when that is what the state says.
function fitsTogether({ state, chat }: Kept): boolean {
    return (
        SEEKING.includes(state) ||
        (chat !== null && (state === 'left') === (chat.ending !== null))
    );
}

// What was written, or null if this is anything else.
export function read(text: string | null): Memory | null {
    try {
        const value: unknown = JSON.parse(text ?? 'null');
        return isMemory(value) && fitsTogether(value.kept) ? value : null;
    } catch {
        return null;
    }
}

// -- the door to sessionStorage ----------------------------------------------------------------

const KEY = 'chat';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

// The tab's own store, or null where the browser forbids it: then a reload is a new beginning.
export function openStore(): Store | null {
    try {
        return window.sessionStorage;
    } catch {
        return null;
    }
}

export function recall(store: Store | null): Memory | null {
    try {
        return read(store?.getItem(KEY) ?? null);
    } catch {
        return null;
    }
}

// Keeps the text in place of the last one; null removes it. A store that is full keeps the last
// one, which the gateway can still bring up to date.
export function keep(store: Store | null, text: string | null): void {
    try {
        if (text === null) {
            store?.removeItem(KEY);
        } else {
            store?.setItem(KEY, text);
        }
    } catch {
        // The page works without.
    }
}
