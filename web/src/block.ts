// block.ts -- what the rules do when the user wants never to meet somebody again. Pure.
//
// The user is asked once more before anything is said. What was said and not answered when the
// link was lost is said again when it is back.

import { close } from './chat';
import {
    chatOf, cooling, inChat,
    type Block, type Conversation, type Of, type Step,
} from './conversation';
import { decline, inAnother, remind } from './seek';

// -- guards ------------------------------------------------------------------------------------

export const block = (stage: Block) => (c: Conversation) => c.chat?.block === stage;

export const said = block('said');

export const saidOfLast = (c: Conversation, a: Of<'state'>) => said(c) && !inAnother(c, a);

// The gateway may still hold the chat that the block was to end.
export const mayStand = (c: Conversation, a: Of<'block_refused'>) =>
    a.refusal.retryAfter !== undefined && chatOf(c).ending?.by === 'user';

// -- handlers ----------------------------------------------------------------------------------

export const consider = (c: Conversation): Step => inChat(c, { block: 'considered' });

export const reconsider = (c: Conversation): Step => inChat(c, { block: 'none' });

// Nobody takes a skip back from whom it has blocked.
export function blockLast(c: Conversation): Step {
    const { set } = inChat(c, { block: 'said' });
    return { set: { ...set, undoUntil: 0 }, say: [{ say: 'block', chatId: chatOf(c).id }] };
}

// The chat ends by it, there as well.
export function blockPartner(c: Conversation): Step {
    const { set, say } = blockLast(c);
    return { set: { ...set, ...close({ ...c, ...set }, { by: 'user' }).set }, say };
}

export const note = (c: Conversation): Step => inChat(c, { block: 'noted' });

export function unblock(c: Conversation, a: Of<'block_refused'>): Step {
    const { set } = inChat(c, { block: 'none' });
    return { set: { ...set, ...cooling(a.refusal, a.at) } };
}

export const release = (c: Conversation, a: Of<'block_refused'>): Step =>
    ({ ...unblock(c, a), say: [{ say: 'end_chat', chatId: a.chatId }] });

// The answer was lost with the link. Whatever else the gateway believes the user is in is left.
export function insist(c: Conversation, a: Of<'state'>): Step {
    const wrong = a.state === 'searching' || inAnother(c, a);
    const { say = [] } = wrong ? decline(c, a) : {};
    return { say: [{ say: 'block', chatId: chatOf(c).id }, ...say] };
}

export const insistAndSearch = (c: Conversation): Step =>
    ({ say: [{ say: 'block', chatId: chatOf(c).id }, ...(remind(c).say ?? [])] });
