// chat.ts -- what the rules do in a chat: messages, typing, its end. Pure.

import {
    TYPING_EVERY_MS, TYPING_SHOWN_MS, canSend, chatOf, cooling, inChat, textOf,
    type Conversation, type Ending, type Message, type Of, type Step,
} from './conversation';

// -- guards ------------------------------------------------------------------------------------

export const sendable = (c: Conversation) => canSend(c.draft);

export const notSeen = (c: Conversation, a: Of<'message'>) =>
    !chatOf(c).messages.some((m) => m.from === 'partner' && m.id === a.id);

// A skip that is not yet confirmed may be refused, and then nothing said meanwhile is missing.
export const leaving = (c: Conversation, a: Of<'message'>) =>
    chatOf(c).ending === null && notSeen(c, a);

// -- messages ----------------------------------------------------------------------------------

function inMessage(c: Conversation, id: string, set: Partial<Message>): Step {
    const messages = chatOf(c).messages.map((m) =>
        m.from === 'user' && m.id === id ? { ...m, ...set } : m);
    return inChat(c, { messages });
}

export function type(c: Conversation, a: Of<'typed'>): Step {
    const chat = chatOf(c);
    const on = textOf(a.text) !== '';
    if (on ? a.at - chat.toldTypingAt < TYPING_EVERY_MS : chat.toldTypingAt === 0) {
        return { set: { draft: a.text, armed: null } };
    }
    return {
        set: { draft: a.text, armed: null, chat: { ...chat, toldTypingAt: on ? a.at : 0 } },
        say: [{ say: 'typing', chatId: chat.id, on }],
    };
}

function submit(c: Conversation, message: Message, set: Partial<Conversation>): Step {
    const chat = chatOf(c);
    const status = c.link === 'up' ? 'sending' : 'unsent';
    const others = chat.messages.filter((m) => m.from === 'partner' || m.id !== message.id);
    const messages: Message[] = [...others, { ...message, status }];
    return {
        set: { ...set, chat: { ...chat, toldTypingAt: 0, messages } },
        say: [{ say: 'message', chatId: chat.id, id: message.id, text: message.text }],
    };
}

export function write(c: Conversation, a: Of<'wrote'>): Step {
    const text = textOf(c.draft);
    return submit(c, { id: a.id, from: 'user', text, at: a.at, status: 'unsent' }, { draft: '' });
}

// The id stays the same, so that a message which did arrive is known there as a double.
export function retry(c: Conversation, a: Of<'retried'>): Step {
    const failed = chatOf(c).messages.find((m) => m.id === a.id && m.status === 'failed');
    return failed ? submit(c, { ...failed, at: a.at, refusal: undefined }, {}) : {};
}

// The link is back and the chat still stands: whatever is not known to have arrived goes again.
export function resume(c: Conversation): Step {
    const chat = chatOf(c);
    const open = chat.messages.filter((m) => m.status === 'unsent' || m.status === 'sending');
    const messages = chat.messages.map((m): Message =>
        open.includes(m) ? { ...m, status: 'sending' } : m);
    return {
        set: { chat: { ...chat, messages } },
        say: open.map((m) => ({ say: 'message', chatId: chat.id, id: m.id, text: m.text })),
    };
}

export function take(c: Conversation, a: Of<'message'>): Step {
    const { id, text, timestamp } = a;
    const taken: Message = { id, from: 'partner', text, at: timestamp, status: 'delivered' };
    const messages = [...chatOf(c).messages, taken];
    const { set } = inChat(c, { messages, typingUntil: 0 });
    return { set: { ...set, unread: c.hidden ? c.unread + 1 : 0 } };
}

export const confirm = (c: Conversation, a: Of<'delivered'>): Step =>
    inMessage(c, a.id, { status: 'delivered', at: a.timestamp, refusal: undefined });

export function fail(c: Conversation, a: Of<'undelivered'>): Step {
    if (chatOf(c).messages.some((m) => m.id === a.id && m.status === 'delivered')) {
        return {};
    }
    const { set } = inMessage(c, a.id, { status: 'failed', refusal: a.refusal });
    // Without a wait, the reason beside the message says enough.
    return a.refusal.retryAfter === undefined
        ? { set }
        : { set: { ...set, ...cooling(a.refusal, a.at) } };
}

// -- the partner -------------------------------------------------------------------------------

export const notice = (c: Conversation, a: Of<'typing'>): Step =>
    inChat(c, { typingUntil: a.on ? a.at + TYPING_SHOWN_MS : 0 });

export const unnotice = (c: Conversation): Step => inChat(c, { typingUntil: 0 });

// -- the end -----------------------------------------------------------------------------------

// In a chat that is over no message is under way: what is not known to have arrived has failed.
export function settled(messages: readonly Message[]): Message[] {
    return messages.map((m): Message =>
        m.status === 'delivered' ? m : { ...m, status: 'failed' });
}

export function close(c: Conversation, ending: Ending): Step {
    const messages = settled(chatOf(c).messages);
    const { set } = inChat(c, { messages, typingUntil: 0, toldTypingAt: 0, ending });
    return { set: { ...set, draft: '', refusal: null } };
}

export const part = (c: Conversation, a: Of<'partner_left'>): Step =>
    close(c, { by: 'partner', reason: a.reason });

export function leave(c: Conversation): Step {
    const chat = chatOf(c);
    const { set } = close({ ...c, chat: { ...chat, block: 'none' } }, { by: 'user' });
    return { set, say: [{ say: 'end_chat', chatId: chat.id }] };
}

export const drop = (c: Conversation): Step => close(c, { by: 'loss' });
