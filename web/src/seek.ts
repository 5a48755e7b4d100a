// seek.ts -- what the rules do to find a partner: wishes, searches, skips and their undoing,
// matches. Pure.

import { settled } from './chat';
import {
    UNDO_MS, chatOf, hasBlocked, undoLeftMs,
    type Belief, type Chat, type Conversation, type Of, type Past, type Step,
} from './conversation';
import { addInterest, faultOf, removeInterest, splitInterests } from './wish';

// -- guards ------------------------------------------------------------------------------------

export const told = (state: Belief) => (_: Conversation, a: Of<'state'>) => a.state === state;

export const inThis = (c: Conversation, a: Of<'state'>) =>
    a.state === 'chatting' && a.chatId === c.chat?.id;

export const inAnother = (c: Conversation, a: Of<'state'>) =>
    a.state === 'chatting' && a.chatId !== c.chat?.id;

export const knows = (c: Conversation, a: Of<'matched'>) => a.chatId === c.chat?.id;

// The two are back together, and this user has not turned away from the other for good.
export const goesOn = (c: Conversation, a: Of<'matched'>) =>
    a.again !== undefined && a.again === c.chat?.id && c.chat.ending?.by !== 'user'
    && !hasBlocked(c.chat);

export const undoable = (c: Conversation, a: Of<'undid'>) => undoLeftMs({ ...c, now: a.at }) > 0;

// -- wishes ------------------------------------------------------------------------------------

// What an input method has not come to an end with stays as it is.
export function typeInterest(c: Conversation, a: Of<'interest_typed'>): Step {
    if (a.composing) {
        return { set: { interest: a.text } };
    }
    const { wish, rest } = splitInterests(c.wish, a.text);
    return { set: { wish, interest: rest } };
}

// What cannot be added stays to be seen.
export function add(c: Conversation): Step {
    return faultOf(c.wish, c.interest)
        ? {}
        : { set: { wish: addInterest(c.wish, c.interest), interest: '' } };
}

export const remove = (c: Conversation, a: Of<'interest_removed'>): Step =>
    ({ set: { wish: removeInterest(c.wish, a.interest) } });

export const choose = (c: Conversation, a: Of<'language_chosen'>): Step =>
    ({ set: { wish: { ...c.wish, language: a.language } } });

// -- searches ----------------------------------------------------------------------------------

// What is half typed is wished as well.
export const decide = (c: Conversation): Step =>
    ({ set: { wish: addInterest(c.wish, c.interest), interest: '' } });

export const search = (c: Conversation): Step =>
    ({ set: { refusal: null, undoUntil: 0 }, say: [{ say: 'search', wish: c.wish }] });

export function start(c: Conversation): Step {
    const { set } = decide(c);
    const { set: more, say } = search({ ...c, ...set });
    return { set: { ...set, ...more }, say };
}

// A gateway that the user has come to knows digests of its interests, not their spelling.
export const remind = (c: Conversation): Step => ({ say: [{ say: 'search', wish: c.wish }] });

export const withdraw = (): Step => ({ say: [{ say: 'end_chat' }] });

// The user may have searched for longer than the gateway knows of, but not for less.
export const wait = (c: Conversation, a: Of<'waiting'>): Step =>
    ({ set: { since: Math.min(c.since, a.at - a.waitedMs), searching: a.searching } });

export const expire = (_: Conversation, a: Of<'search_timeout'>): Step =>
    ({ set: { timedOut: a.waitedMs, refusal: null } });

// -- skips -------------------------------------------------------------------------------------

export function skip(c: Conversation, a: { at: number }): Step {
    const chat = chatOf(c);
    return {
        set: { chat: { ...chat, block: 'none' }, undoUntil: a.at + UNDO_MS, refusal: null },
        say: [{ say: 'skip', chatId: chat.id, wish: c.wish }],
    };
}

// The gateway undoes a skip once.
export const undo = (c: Conversation): Step =>
    ({ set: { undoUntil: 0 }, say: [{ say: 'undo', chatId: chatOf(c).id }] });

// -- matches -----------------------------------------------------------------------------------

const fresh = (a: Of<'matched'> | Of<'state'>): Chat => ({
    id: a.chatId, partner: a.partnerId, interests: 'interests' in a ? a.interests : [],
    earlier: [], messages: [], toldTypingAt: 0, typingUntil: 0, block: 'none', ending: null,
});

export const greet = (_: Conversation, a: Of<'matched'> | Of<'state'>): Step =>
    ({ set: { chat: fresh(a), draft: '', refusal: null } });

// The same two again, in another chat. One in which nothing was said is not worth a line more.
export function carry(c: Conversation, a: Of<'matched'>): Step {
    const { id, messages, earlier, interests } = chatOf(c);
    const past: Past = { id, messages: settled(messages) };
    const isEmpty = messages.length === 0 && earlier.length > 0;
    const chat: Chat = {
        ...fresh(a),
        interests: a.interests.length > 0 ? a.interests : interests,
        earlier: isEmpty ? earlier : [...earlier, past],
    };
    return { set: { chat, refusal: null } };
}

export const decline = (_: Conversation, a: { chatId: string }): Step => ({
    say: [a.chatId ? { say: 'end_chat', chatId: a.chatId } : { say: 'end_chat' }],
});
