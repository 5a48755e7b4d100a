// care.ts -- what the rules do so that nothing happens by a slip, or behind the user's back: second
// presses, the next search that begins by itself, a page that is hidden, a gateway that is asked
// whether it is there. Pure.

import { part } from './chat';
import {
    ARMED_MS, NEXT_MS, chatOf,
    type Action, type Armed, type Conversation, type Of, type Step,
} from './conversation';

// -- presses -----------------------------------------------------------------------------------

type Pressed = Of<'skip_pressed'> | Of<'end_pressed'>;

export const firstPress = (to: Armed['to']) => (c: Conversation, a: Pressed) =>
    c.armed?.to !== to || a.at >= c.armed.until;

export const arm = (to: Armed['to']) => (_: Conversation, a: Pressed): Step =>
    ({ set: { armed: { to, until: a.at + ARMED_MS } } });

// -- the next search ---------------------------------------------------------------------------

export const chooseAuto = (c: Conversation, a: Of<'auto_chosen'>): Step =>
    ({ set: { auto: a.on, nextAt: a.on ? c.nextAt : 0 } });

// Nobody is to meet somebody who does not look.
export const goesOnAlone = (c: Conversation) => c.auto && !c.hidden;

export function partAndGoOn(c: Conversation, a: Of<'partner_left'>): Step {
    const { set } = part(c, a);
    return { set: { ...set, nextAt: a.at + NEXT_MS } };
}

// It waits for a link, too.
export const due = (c: Conversation, a: Of<'ticked'>) =>
    c.nextAt > 0 && a.at >= c.nextAt && c.link === 'up';

export const stay = (): Step => ({ set: { nextAt: 0 } });

const BUSY: readonly Action['type'][] = [
    'interest_typed', 'interest_removed', 'language_chosen', 'block_considered', 'hid',
];

// Whoever does something else is not taken away from it.
export const stopsNext = (a: Action): Partial<Conversation> =>
    BUSY.includes(a.type) ? { nextAt: 0 } : {};

// -- attention ---------------------------------------------------------------------------------

export const hide = (): Step => ({ set: { hidden: true } });

export const show = (): Step => ({ set: { hidden: false, unread: 0 } });

// A connection may have died while nobody looked, without a word.
export function returnTo(c: Conversation, a: Of<'shown'>): Step {
    const { set } = show();
    const { set: more, say } = c.link === 'up' ? probe(c, a) : call(c, a);
    return { set: { ...set, ...more }, say };
}

// -- the gateway -------------------------------------------------------------------------------

export const unreachable = (c: Conversation) => c.link !== 'up';

export const call = (_: Conversation, a: { at: number }): Step =>
    ({ set: { linkSince: a.at }, say: [{ say: 'call' }] });

export function probe(c: Conversation, a: { at: number }): Step {
    const set = { askedAt: a.at };
    if (c.state === 'searching') {
        return { set, say: [{ say: 'probe', wish: c.wish }] };
    }
    const inChat = c.state === 'chatting' || c.state === 'away';
    return { set, say: [inChat ? { say: 'probe', chatId: chatOf(c).id } : { say: 'probe' }] };
}
