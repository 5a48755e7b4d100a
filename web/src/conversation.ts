// conversation.ts -- the browser's half of the gateway's user table.
//
// Hears what the user does, what the gateway says, and the clock. Answers with the next
// conversation and with what to say to the gateway. Keeps no time: every action brings its own.

// Length of a message in UTF-16 units, the gateway's default TEXT_MAX.
export const TEXT_MAX = 500;
// While the user writes, the partner is told so at most this often.
export const TYPING_EVERY_MS = 3000;
// A partner who is said to be typing is believed for this long.
export const TYPING_SHOWN_MS = 5000;
// How long a refusal without `retryAfter` stays to be read.
export const REFUSAL_SHOWN_MS = 6000;

// `opening` is `idle` before the gateway has said what it believes. `elsewhere`: another tab has
// taken over this one's user.
export type State =
    | 'opening' | 'idle' | 'connecting' | 'searching' | 'chatting' | 'away' | 'left'
    | 'elsewhere';

// The way to the gateway. It is `up` from the gateway's first `state` on; until then, and when
// the page is to begin anew, `opening`.
export type Link = 'opening' | 'up' | 'lost';

// Why a chat is over: the gateway's reason, or what only this side knows.
export type Ending = { by: 'partner'; reason: string } | { by: 'user' } | { by: 'loss' };

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

export type Chat = {
    id: string;
    partner: string;
    interests: readonly string[];
    messages: readonly Message[];
    // When the partner was last told that the user types; 0 = not since the last message.
    toldTypingAt: number;
    typingUntil: number; // Until when the partner is believed to be typing; 0 = is not.
    ending: Ending | null;
};

export type Conversation = {
    state: State;
    since: number; // When this state began.
    now: number; // Time of the latest action.
    link: Link;
    chat: Chat | null; // The chat the user is in or was in last.
    draft: string;
    refusal: (Refusal & { until: number }) | null;
    online: number | null; // People online, when the gateway has said so.
};

// What a page that is loaded anew goes on with.
export type Kept = Pick<Conversation, 'state' | 'since' | 'chat' | 'draft'>;

export type Action = { at: number } & (
    // What the user does.
    | { type: 'searched' }
    | { type: 'skipped' }
    | { type: 'ended' }
    | { type: 'typed'; text: string }
    | { type: 'wrote'; id: string }
    | { type: 'retried'; id: string }
    // What the gateway says.
    | { type: 'state'; state: Belief; chatId: string; partnerId: string }
    | { type: 'matched'; chatId: string; partnerId: string; interests: readonly string[] }
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
    // What the world does.
    | { type: 'lost' }
    | { type: 'taken_over' }
    | { type: 'ticked' }
);

// `arrive` is said to the door, not through it: come as a new user.
export type Say =
    | { say: 'arrive' }
    | { say: 'search' }
    | { say: 'message'; chatId: string; id: string; text: string }
    | { say: 'skip'; chatId: string }
    | { say: 'end_chat'; chatId?: string }
    | { say: 'typing'; chatId: string; on: boolean };

// A fresh page, or one that shows what was kept until the gateway says what became of it.
export function begin(at: number, kept: Kept | null = null): Conversation {
    return {
        state: 'opening', since: at, now: at, link: 'opening',
        chat: null, draft: '', refusal: null, online: null, ...kept,
    };
}

// What would be sent of a draft. The counter counts this, as the gateway will.
export function textOf(draft: string): string {
    return draft.trim();
}

export function canSend(draft: string): boolean {
    const text = textOf(draft);
    return text.length > 0 && text.length <= TEXT_MAX;
}

// Whether anything shown changes by time alone, so that the clock has to be told.
export function awaitsTime(c: Conversation): boolean {
    return c.state === 'connecting' || c.state === 'searching' || c.refusal !== null
        || (c.chat !== null && c.chat.typingUntil > 0);
}

// -- guards ------------------------------------------------------------------------------------

type Of<T extends Action['type']> = Extract<Action, { type: T }>;

const always = () => true;
const linked = (c: Conversation) => c.link === 'up';
const told = (state: Belief) => (_: Conversation, a: Of<'state'>) => a.state === state;
const inThis = (c: Conversation, a: Of<'state'>) =>
    a.state === 'chatting' && a.chatId === c.chat?.id;
const knows = (c: Conversation, a: Of<'matched'>) => a.chatId === c.chat?.id;
const sendable = (c: Conversation) => canSend(c.draft);
const notSeen = (c: Conversation, a: Of<'message'>) =>
    !chatOf(c).messages.some((m) => m.from === 'partner' && m.id === a.id);
// A skip that is not yet confirmed may be refused, and then nothing said meanwhile is missing.
const leaving = (c: Conversation, a: Of<'message'>) => chatOf(c).ending === null && notSeen(c, a);
const coolingDown = (_: Conversation, a: Of<'skip_refused'>) =>
    a.refusal.retryAfter !== undefined;

// -- handlers ----------------------------------------------------------------------------------

type Step = { set?: Partial<Conversation>; say?: Say[] };

function chatOf(c: Conversation): Chat {
    if (!c.chat) {
        throw new Error(`no chat in state ${c.state}`);
    }
    return c.chat;
}

function inChat(c: Conversation, set: Partial<Chat>): Step {
    return { set: { chat: { ...chatOf(c), ...set } } };
}

function inMessage(c: Conversation, id: string, set: Partial<Message>): Step {
    const messages = chatOf(c).messages.map((m) =>
        m.from === 'user' && m.id === id ? { ...m, ...set } : m);
    return inChat(c, { messages });
}

function cooling(refusal: Refusal, at: number): Partial<Conversation> {
    const shown = refusal.retryAfter === undefined ? REFUSAL_SHOWN_MS : refusal.retryAfter * 1000;
    return { refusal: { ...refusal, until: at + shown } };
}

const nothing = (): Step => ({});

const search = (): Step => ({ set: { refusal: null }, say: [{ say: 'search' }] });

const withdraw = (): Step => ({ say: [{ say: 'end_chat' }] });

const arrive = (): Step => ({ say: [{ say: 'arrive' }] });

// What was said goes on in the other tab, and nothing of it stays behind in this one.
const surrender = (): Step => ({ set: { chat: null, draft: '', refusal: null } });

const skip = (c: Conversation): Step => ({ say: [{ say: 'skip', chatId: chatOf(c).id }] });

const decline = (_: Conversation, a: { chatId: string }): Step => ({
    say: [a.chatId ? { say: 'end_chat', chatId: a.chatId } : { say: 'end_chat' }],
});

function greet(_: Conversation, a: Of<'matched'> | Of<'state'>): Step {
    const chat: Chat = {
        id: a.chatId, partner: a.partnerId, interests: 'interests' in a ? a.interests : [],
        messages: [], toldTypingAt: 0, typingUntil: 0, ending: null,
    };
    return { set: { chat, draft: '', refusal: null } };
}

function type(c: Conversation, a: Of<'typed'>): Step {
    const chat = chatOf(c);
    const on = textOf(a.text) !== '';
    if (on ? a.at - chat.toldTypingAt < TYPING_EVERY_MS : chat.toldTypingAt === 0) {
        return { set: { draft: a.text } };
    }
    return {
        set: { draft: a.text, chat: { ...chat, toldTypingAt: on ? a.at : 0 } },
        say: [{ say: 'typing', chatId: chat.id, on }],
    };
}

function submit(c: Conversation, message: Message, set: Partial<Conversation>): Step {
    const chat = chatOf(c);
    const status = linked(c) ? 'sending' : 'unsent';
    const others = chat.messages.filter((m) => m.from === 'partner' || m.id !== message.id);
    const messages: Message[] = [...others, { ...message, status }];
    return {
        set: { ...set, chat: { ...chat, toldTypingAt: 0, messages } },
        say: [{ say: 'message', chatId: chat.id, id: message.id, text: message.text }],
    };
}

function write(c: Conversation, a: Of<'wrote'>): Step {
    const text = textOf(c.draft);
    return submit(c, { id: a.id, from: 'user', text, at: a.at, status: 'unsent' }, { draft: '' });
}

// The id stays the same, so that a message which did arrive is known there as a double.
function retry(c: Conversation, a: Of<'retried'>): Step {
    const failed = chatOf(c).messages.find((m) => m.id === a.id && m.status === 'failed');
    return failed ? submit(c, { ...failed, at: a.at, refusal: undefined }, {}) : {};
}

// The link is back and the chat still stands: whatever is not known to have arrived goes again.
function resume(c: Conversation): Step {
    const chat = chatOf(c);
    const open = chat.messages.filter((m) => m.status === 'unsent' || m.status === 'sending');
    const messages = chat.messages.map((m): Message =>
        open.includes(m) ? { ...m, status: 'sending' } : m);
    return {
        set: { chat: { ...chat, messages } },
        say: open.map((m) => ({ say: 'message', chatId: chat.id, id: m.id, text: m.text })),
    };
}

const take = (c: Conversation, a: Of<'message'>): Step => inChat(c, {
    messages: [...chatOf(c).messages,
        { id: a.id, from: 'partner', text: a.text, at: a.timestamp, status: 'delivered' }],
    typingUntil: 0,
});

const confirm = (c: Conversation, a: Of<'delivered'>): Step =>
    inMessage(c, a.id, { status: 'delivered', at: a.timestamp, refusal: undefined });

function fail(c: Conversation, a: Of<'undelivered'>): Step {
    if (chatOf(c).messages.some((m) => m.id === a.id && m.status === 'delivered')) {
        return {};
    }
    const { set } = inMessage(c, a.id, { status: 'failed', refusal: a.refusal });
    // Without a wait, the reason beside the message says enough.
    return a.refusal.retryAfter === undefined
        ? { set }
        : { set: { ...set, ...cooling(a.refusal, a.at) } };
}

const notice = (c: Conversation, a: Of<'typing'>): Step =>
    inChat(c, { typingUntil: a.on ? a.at + TYPING_SHOWN_MS : 0 });

const unnotice = (c: Conversation): Step => inChat(c, { typingUntil: 0 });

// A chat that is over has no message under way: what is not known to have arrived has failed.
function close(c: Conversation, ending: Ending): Step {
    const messages = chatOf(c).messages.map((m): Message =>
        m.status === 'delivered' ? m : { ...m, status: 'failed' });
    const { set } = inChat(c, { messages, typingUntil: 0, toldTypingAt: 0, ending });
    return { set: { ...set, draft: '', refusal: null } };
}

const part = (c: Conversation, a: Of<'partner_left'>): Step =>
    close(c, { by: 'partner', reason: a.reason });

const leave = (c: Conversation): Step =>
    ({ ...close(c, { by: 'user' }), say: [{ say: 'end_chat', chatId: chatOf(c).id }] });

const drop = (c: Conversation): Step => close(c, { by: 'loss' });

const refuse = (_: Conversation, a: { at: number; refusal: Refusal }): Step =>
    ({ set: cooling(a.refusal, a.at) });

const count = (_: Conversation, a: Of<'online'>): Step => ({ set: { online: a.count } });

function tick(c: Conversation, a: Of<'ticked'>): Step {
    const set: Partial<Conversation> = {};
    if (c.refusal && a.at >= c.refusal.until) {
        set.refusal = null;
    }
    if (c.chat && c.chat.typingUntil > 0 && a.at >= c.chat.typingUntil) {
        set.chat = { ...c.chat, typingUntil: 0 };
    }
    return { set };
}

// -- the table ---------------------------------------------------------------------------------

type Rule = {
    in: readonly State[];
    when: Action['type'];
    fits: (c: Conversation, a: Action) => boolean;
    do: (c: Conversation, a: Action) => Step;
    then: State | 'stay';
};

// The table is typed row by row: a row's guard and handler know the action it is about.
function on<T extends Action['type']>(
    states: State | readonly State[], when: T, fits: (c: Conversation, a: Of<T>) => boolean,
    handler: (c: Conversation, a: Of<T>) => Step, then: State | 'stay',
): Rule {
    return { in: [states].flat(), when, fits, do: handler, then } as unknown as Rule;
}

const ANY: State[] = [
    'opening', 'idle', 'connecting', 'searching', 'chatting', 'away', 'left', 'elsewhere',
];
const RESTING: State[] = ['opening', 'idle', 'left'];
const SEEKING: State[] = ['connecting', 'searching'];
const TALKING: State[] = ['chatting', 'away'];
// Where an answer to a message still counts: a skip may yet be refused.
const HEARD: State[] = [...SEEKING, ...TALKING, 'left'];

// The first row that fits wins. What fits none changes nothing.
const rules: Rule[] = [
    // in                when              fits                do        then
    on(RESTING,          'searched',       linked,             search,   'searching'),
    on(RESTING,          'searched',       always,             nothing,  'connecting'),
    on('elsewhere',      'searched',       always,             arrive,   'connecting'),
    on(SEEKING,          'ended',          always,             withdraw, 'idle'),
    on(TALKING,          'ended',          always,             leave,    'left'),
    on('left',           'ended',          always,             nothing,  'idle'),
    on(TALKING,          'skipped',        linked,             skip,     'searching'),
    on(TALKING,          'skipped',        always,             nothing,  'connecting'),

    on(TALKING,          'typed',          always,             type,     'stay'),
    on(TALKING,          'wrote',          sendable,           write,    'stay'),
    on(TALKING,          'retried',        always,             retry,    'stay'),

    // After each connect the gateway says what it believes. Whoever rests meanwhile chose to.
    on('opening',        'state',          told('idle'),       nothing,  'idle'),
    on('opening',        'state',          told('searching'),  nothing,  'searching'),
    on('opening',        'state',          told('chatting'),   greet,    'chatting'),
    on(RESTING,          'state',          told('searching'),  withdraw, 'stay'),
    on(RESTING,          'state',          told('chatting'),   decline,  'stay'),
    on(SEEKING,          'state',          told('idle'),       search,   'searching'),
    on(SEEKING,          'state',          told('searching'),  nothing,  'searching'),
    on(SEEKING,          'state',          inThis,             skip,     'searching'),
    on(SEEKING,          'state',          told('chatting'),   greet,    'chatting'),
    on(TALKING,          'state',          inThis,             resume,   'stay'),
    on(TALKING,          'state',          told('chatting'),   greet,    'chatting'),
    on(TALKING,          'state',          told('searching'),  nothing,  'searching'),
    on(TALKING,          'state',          told('idle'),       drop,     'left'),

    // A match may cross a change of mind, and overtake the confirmation that the last chat ended.
    on(['idle', 'left'], 'matched',        always,             decline,  'stay'),
    on(TALKING,          'matched',        knows,              nothing,  'stay'),
    on(ANY,              'matched',        always,             greet,    'chatting'),

    on(TALKING,          'message',        notSeen,            take,     'stay'),
    on(SEEKING,          'message',        leaving,            take,     'stay'),
    on(TALKING,          'typing',         always,             notice,   'stay'),
    on('chatting',       'partner_away',   always,             unnotice, 'away'),
    on('away',           'partner_back',   always,             nothing,  'chatting'),
    on(TALKING,          'partner_left',   always,             part,     'left'),
    on(HEARD,            'delivered',      always,             confirm,  'stay'),
    on(HEARD,            'undelivered',    always,             fail,     'stay'),

    // A skip is refused for a while, and the chat goes on; or for good, as that chat is over.
    on(SEEKING,          'search_refused', always,             refuse,   'idle'),
    on('searching',      'skip_refused',   coolingDown,        refuse,   'chatting'),
    on('searching',      'skip_refused',   always,             search,   'stay'),

    on(TALKING,          'lost',           always,             unnotice, 'stay'),
    on(ANY,              'taken_over',     always,             surrender, 'elsewhere'),
    on(ANY,              'error',          always,             refuse,   'stay'),
    on(ANY,              'online',         always,             count,    'stay'),
    on(ANY,              'ticked',         always,             tick,     'stay'),
];

const links: Partial<Record<Action['type'], Link>> = {
    state: 'up', lost: 'lost', taken_over: 'opening',
};

// What names a chat is about that chat alone; only these two may bring a new one.
function isOld(c: Conversation, a: Action): boolean {
    return 'chatId' in a && a.type !== 'matched' && a.type !== 'state' && a.chatId !== c.chat?.id;
}

// The next conversation, and what to say to the gateway, in order. While the link is down
// nothing is said: what waits is in the conversation, and goes out when its own chat is back.
export function reduce(c: Conversation, a: Action): { conversation: Conversation; say: Say[] } {
    const link = links[a.type] ?? c.link;
    const rule = isOld(c, a)
        ? undefined
        : rules.find((r) => r.when === a.type && r.in.includes(c.state) && r.fits(c, a));
    if (!rule) {
        return { conversation: link === c.link ? c : { ...c, link, now: a.at }, say: [] };
    }
    const { set, say = [] } = rule.do(c, a);
    const state = rule.then === 'stay' ? c.state : rule.then;
    const since = state === c.state ? c.since : a.at;
    return {
        conversation: { ...c, ...set, state, since, now: a.at, link },
        say: say.filter((s) => link === 'up' || s.say === 'arrive'),
    };
}
