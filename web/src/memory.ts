// memory.ts -- what a tab remembers of its chat when the page is loaded anew.
//
// Keeps, as one text in sessionStorage: the conversation as it is shown, and the token by which
// the gateway knows its user again. A page that begins shows the one at once and connects with
// the other. That store belongs to this tab alone and dies with it, and so does what is in it;
// only a tab that is copied, or closed and brought back, brings a copy. Never localStorage: it
// outlives the chat, and everybody at this computer could read there what two people said. All
// but the three functions at the end is pure.

import {
    either, isMissing, isNull, isNumber, isText, isTime, listOf, oneOf, shaped,
} from './checks';
import type {
    Chat, Conversation, Ending, Kept, Message, Past, Refusal, State,
} from './conversation';
import { fetchText, keepText, openStore, type Store } from './store';
import { INTERESTS_MOST, isWish } from './wish';

// What lets a user resume: socket.io-client's id for recovery, and the last event it has seen.
export type Token = { pid: string; offset?: string };

export type Memory = { kept: Kept; token: Token | null };

// So many of a chat's messages, the last ones, are remembered.
export const MESSAGES_MOST = 200;

// States that are worth coming back to. In all others nothing is kept.
const SEEKING: readonly State[] = ['connecting', 'searching'];
const TALKING: readonly State[] = ['chatting', 'away'];

// -- writing -----------------------------------------------------------------------------------

// The last messages of a chat and of what came before it.
function shortened({ earlier, messages }: Chat): Pick<Chat, 'earlier' | 'messages'> {
    const last = messages.slice(-MESSAGES_MOST);
    const past: Past[] = [];
    let room = MESSAGES_MOST - last.length;
    for (let i = earlier.length - 1; i >= 0 && room > 0; i--) {
        const { id, messages: said } = earlier[i]!;
        past.unshift({ id, messages: said.slice(-room) });
        room -= said.length;
    }
    return { earlier: past, messages: last };
}

// The text to keep, or null when there is nothing to come back to.
export function write(c: Conversation, token: Token | null): string | null {
    if (![...SEEKING, ...TALKING, 'left'].includes(c.state)) {
        return null;
    }
    // Who types must say so again, and who is asked whether to block is asked again.
    const chat: Chat | null = c.chat && {
        ...c.chat,
        ...shortened(c.chat),
        toldTypingAt: 0,
        typingUntil: 0,
        block: c.chat.block === 'considered' ? 'none' : c.chat.block,
    };
    const { state, since, draft, wish, undoUntil } = c;
    const kept: Kept = { state, since, chat, draft, wish, undoUntil };
    return JSON.stringify({ kept, token } satisfies Memory);
}

// -- reading -----------------------------------------------------------------------------------

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

const isPast = shaped<Past>({ id: isText, messages: listOf(MESSAGES_MOST, isMessage) });

const isEnding = either(
    shaped<Extract<Ending, { by: 'partner' }>>({ by: oneOf('partner'), reason: isText }),
    shaped<Extract<Ending, { by: 'user' }>>({ by: oneOf('user', 'loss') }),
);

const isChat = shaped<Chat>({
    id: isText,
    partner: isText,
    interests: listOf(INTERESTS_MOST, isText),
    earlier: listOf(MESSAGES_MOST, isPast),
    messages: listOf(MESSAGES_MOST, isMessage),
    toldTypingAt: oneOf(0),
    typingUntil: oneOf(0),
    block: oneOf('none', 'said', 'noted'),
    ending: either(isEnding, isNull),
});

const isKept = shaped<Kept>({
    state: oneOf(...SEEKING, ...TALKING, 'left'),
    since: isTime,
    chat: either(isChat, isNull),
    draft: isText,
    wish: isWish,
    undoUntil: isTime,
});

const isMemory = shaped<Memory>({
    kept: isKept,
    token: either(isNull, shaped<Token>({ pid: isText, offset: either(isText, isMissing) })),
});

// In a chat there is one; it is over exactly when that is what the state says, and whom one is in it
// with is not blocked. A skip to be undone has left one.
function fitsTogether({ state, chat, undoUntil }: Kept): boolean {
    if (undoUntil > 0 && (state !== 'searching' || chat === null)) {
        return false;
    }
    if (SEEKING.includes(state)) {
        return true;
    }
    const isOver = state === 'left';
    return (
        chat !== null &&
        isOver === (chat.ending !== null) &&
        (isOver || chat.block === 'none')
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

// -- the tab's store ---------------------------------------------------------------------------

const KEY = 'chat';

// Null where the browser forbids it: then a reload is a new beginning.
export function openTabStore(): Store | null {
    return openStore(() => window.sessionStorage);
}

export function recall(store: Store | null): Memory | null {
    return read(fetchText(store, KEY));
}

// Keeps the text in place of the last one; null removes it. The last one, if it stays, the gateway
// can still bring up to date.
export function keep(store: Store | null, text: string | null): void {
    keepText(store, KEY, text);
}
