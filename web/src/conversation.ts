// conversation.ts -- what the page knows, what can happen to it, and what it may say to the
// gateway. The rules are in rules.ts.
//
// Keeps no time: every action brings its own.

import { ANYBODY, type Wish } from './wish';

// Length of a message in UTF-16 units, the gateway's default TEXT_MAX.
export const TEXT_MAX = 500;
// While the user writes, the partner is told so at most this often.
export const TYPING_EVERY_MS = 3000;
// A partner who is said to be typing is believed for this long.
export const TYPING_SHOWN_MS = 5000;
// How long a refusal without `retryAfter` stays to be read.
export const REFUSAL_SHOWN_MS = 6000;
// How long a skip can be undone, by the gateway's rule.
export const UNDO_MS = 10_000;
// Within this time a second press means it.
export const ARMED_MS = 3000;
// Who has chosen so looks for the next partner by itself when so much time has passed.
export const NEXT_MS = 8000;
// How long the gateway waits for a partner whose connection is lost, its default
// RECOVERY_WINDOW_MS.
export const AWAY_MS = 15_000;
// A gateway that has not answered for this long is said not to answer.
export const SILENT_MS = 8000;
// What should have been answered by now has us ask whether anybody is there.
export const ANSWERED_MS = 6000;

// `opening` is `idle` before the gateway has said what it believes. `elsewhere`: another tab has
// taken over this one's user.
export type State =
    | 'opening' | 'idle' | 'connecting' | 'searching' | 'chatting' | 'away' | 'left'
    | 'elsewhere';

// The way to the gateway. It is `up` from the gateway's first `state` on; until then, and when
// the page is to begin anew, `opening`. `offline`: the browser says that it has no network.
export type Link = 'opening' | 'up' | 'lost' | 'offline';

// What cannot happen by a slip: it takes two presses.
export type Armed = { to: 'skip' | 'end'; until: number };

// Why a chat is over: the gateway's reason, or what only this side knows.
export type Ending = { by: 'partner'; reason: string } | { by: 'user' } | { by: 'loss' };

// How far the user is in blocking the partner of a chat: is asked once more, has said it, and it
// has been noted.
export type Block = 'none' | 'considered' | 'said' | 'noted';

// What the gateway believes this user is in.
export type Belief = 'idle' | 'searching' | 'chatting';

export type Refusal = {
    message: string;
    code?: string;
    retryAfter?: number; // Seconds.
};

export type Message = {
    id: string;
    from: 'user' | 'partner';
    text: string;
    at: number; // Ms since 1970, by the gateway's clock once it has said so.
    // `unsent` has not left this page, `sending` has; neither is promised to have arrived.
    status: 'unsent' | 'sending' | 'delivered' | 'failed';
    refusal?: Refusal;
};

// A chat that was skipped, and taken up again as another one.
export type Past = { id: string; messages: readonly Message[] };

export type Chat = {
    id: string;
    partner: string;
    interests: readonly string[]; // Those that both have named.
    earlier: readonly Past[]; // With the same partner, the first one first.
    messages: readonly Message[];
    // When the partner was last told that the user types; 0 = not since the last message.
    toldTypingAt: number;
    typingUntil: number; // Until when the partner is believed to be typing; 0 = is not.
    block: Block;
    ending: Ending | null; // Null also of a chat that was left by a skip.
};

export type Conversation = {
    state: State;
    since: number; // When this state began.
    now: number; // Time of the latest action.
    link: Link;
    linkSince: number; // Since when the link is as it is, or has been asked to open again.
    chat: Chat | null; // The chat the user is in or was in last.
    draft: string;
    refusal: (Refusal & { until: number }) | null;
    online: number | null; // People online, when the gateway has said so.
    wish: Wish;
    interest: string; // What is typed of the next interest.
    undoUntil: number; // Until when the skip that began this search can be undone; 0 = it cannot.
    searching: number | null; // How many people search, as the gateway said last in this search.
    timedOut: number | null; // Ms that the last search lasted, if nobody was found in it.
    armed: Armed | null; // What one more press does.
    auto: boolean; // Whether the next search begins by itself when the partner has left.
    nextAt: number; // When it does; 0 = it does not.
    hidden: boolean; // Whether nobody can see the page.
    unread: number; // Messages that came while it was hidden.
    askedAt: number; // When the gateway was asked last whether it is there.
};

// What a page that is loaded anew goes on with.
export type Kept = Pick<
    Conversation, 'state' | 'since' | 'chat' | 'draft' | 'wish' | 'undoUntil'
>;

export type Action = { at: number } & (
    // What the user does.
    | { type: 'searched' }
    | { type: 'skipped' }
    | { type: 'undid' }
    | { type: 'ended' }
    | { type: 'skip_pressed' }
    | { type: 'end_pressed' }
    | { type: 'stayed' }
    | { type: 'auto_chosen'; on: boolean }
    | { type: 'called' }
    | { type: 'typed'; text: string }
    | { type: 'wrote'; id: string }
    | { type: 'retried'; id: string }
    | { type: 'block_considered'; chatId: string }
    | { type: 'block_dropped'; chatId: string }
    | { type: 'blocked'; chatId: string }
    // `composing`: an input method has not come to its word yet.
    | { type: 'interest_typed'; text: string; composing: boolean }
    | { type: 'interest_added' }
    | { type: 'interest_removed'; interest: string }
    | { type: 'language_chosen'; language: string }
    // What the gateway says.
    | { type: 'state'; state: Belief; chatId: string; partnerId: string }
    | { type: 'waiting'; waitedMs: number; searching: number }
    | { type: 'search_timeout'; waitedMs: number }
    // `again`: the chat that is taken up again by this one.
    | {
          type: 'matched'; chatId: string; partnerId: string; interests: readonly string[];
          again?: string;
      }
    | { type: 'message'; chatId: string; id: string; text: string; timestamp: number }
    | { type: 'typing'; chatId: string; on: boolean }
    | { type: 'partner_away'; chatId: string }
    | { type: 'partner_back'; chatId: string }
    | { type: 'partner_left'; chatId: string; reason: string }
    | { type: 'online'; count: number }
    | { type: 'error'; refusal: Refusal }
    // What it answers.
    | { type: 'delivered'; chatId: string; id: string; timestamp: number }
    | { type: 'undelivered'; chatId: string; id: string; refusal: Refusal }
    | { type: 'search_refused'; refusal: Refusal }
    | { type: 'skip_refused'; chatId: string; refusal: Refusal }
    | { type: 'undo_refused'; chatId: string; refusal: Refusal }
    | { type: 'block_noted'; chatId: string }
    | { type: 'block_refused'; chatId: string; refusal: Refusal }
    // What the world does.
    | { type: 'lost' }
    | { type: 'went_offline' }
    | { type: 'came_online' }
    | { type: 'hid' }
    | { type: 'shown' }
    | { type: 'taken_over' }
    | { type: 'ticked' }
);

// The first three are said to the door, not through it: come as a new user; connect anew, at once;
// find out whether the gateway still answers, by asking something that changes nothing.
export type Say =
    | { say: 'arrive' }
    | { say: 'call' }
    | { say: 'probe'; chatId?: string; wish?: Wish }
    | { say: 'search'; wish: Wish }
    | { say: 'message'; chatId: string; id: string; text: string }
    | { say: 'skip'; chatId: string; wish: Wish }
    | { say: 'undo'; chatId: string }
    | { say: 'block'; chatId: string }
    | { say: 'end_chat'; chatId?: string }
    | { say: 'typing'; chatId: string; on: boolean };

// A fresh page, or one that shows what was kept until the gateway says what became of it.
export function begin(
    at: number, kept: Kept | null = null, wish: Wish = ANYBODY, auto = false,
): Conversation {
    return {
        state: 'opening', since: at, now: at, link: 'opening', linkSince: at,
        chat: null, draft: '', refusal: null, online: null,
        wish, interest: '', undoUntil: 0, searching: null, timedOut: null,
        armed: null, auto, nextAt: 0, hidden: false, unread: 0, askedAt: 0, ...kept,
    };
}

// -- what views and rules ask ------------------------------------------------------------------

// What would be sent of a draft. The counter counts this, as the gateway will.
export function textOf(draft: string): string {
    return draft.trim();
}

export function canSend(draft: string): boolean {
    const text = textOf(draft);
    return text.length > 0 && text.length <= TEXT_MAX;
}

// For how long the skip that began this search can still be undone; 0 = not at all.
export function undoLeftMs(c: Conversation): number {
    const can = c.state === 'searching' && c.link === 'up';
    return can ? Math.max(0, c.undoUntil - c.now) : 0;
}

// Whether the chat is one that the user has skipped, and not one that has ended by itself.
export function wasSkipped(c: Conversation): boolean {
    return c.state === 'searching' && c.chat !== null && c.chat.ending === null;
}

// Whether the user has blocked the partner, as far as it can.
export function hasBlocked(chat: Chat): boolean {
    return chat.block === 'said' || chat.block === 'noted';
}

// For how long the partner who is away is still waited for, as far as the page can know.
export function awayLeftMs(c: Conversation): number {
    return Math.max(0, c.since + AWAY_MS - c.now);
}

// Whether nothing has been heard of the gateway for so long that it is worth saying.
export function isSilent(c: Conversation): boolean {
    return (c.link === 'lost' || c.link === 'opening') && c.now - c.linkSince >= SILENT_MS;
}

// Whether a message has left, and no answer to it has come.
function isUnderWay(c: Conversation): boolean {
    return c.state === 'chatting' && c.link === 'up'
        && chatOf(c).messages.some((m) => m.status === 'sending');
}

// Whether something should long have been answered.
export function isOverdue(c: Conversation, at: number): boolean {
    return isUnderWay(c) && at - c.askedAt >= ANSWERED_MS && chatOf(c).messages.some((m) =>
        m.status === 'sending' && at - m.at >= ANSWERED_MS);
}

// Whether anything shown changes by time alone, so that the clock has to be told.
export function awaitsTime(c: Conversation): boolean {
    return ['connecting', 'searching', 'away'].includes(c.state)
        || c.refusal !== null || c.armed !== null || c.nextAt > 0
        || (c.chat !== null && c.chat.typingUntil > 0)
        || (c.link !== 'up' && c.state !== 'elsewhere') || isUnderWay(c);
}

// -- what the rules are made of ----------------------------------------------------------------

export type Of<T extends Action['type']> = Extract<Action, { type: T }>;

// What comes of an action: the fields that it changes, and what is said by it.
export type Step = { set?: Partial<Conversation>; say?: Say[] };

export function chatOf(c: Conversation): Chat {
    if (!c.chat) {
        throw new Error(`no chat in state ${c.state}`);
    }
    return c.chat;
}

export function inChat(c: Conversation, set: Partial<Chat>): Step {
    return { set: { chat: { ...chatOf(c), ...set } } };
}

export function cooling(refusal: Refusal, at: number): Partial<Conversation> {
    const shown = refusal.retryAfter === undefined ? REFUSAL_SHOWN_MS : refusal.retryAfter * 1000;
    return { refusal: { ...refusal, until: at + shown } };
}
