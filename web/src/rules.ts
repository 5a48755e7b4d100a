// rules.ts -- the browser's half of the gateway's user table, in the same words.
//
// Hears what the user does, what the gateway says, and the clock. Answers with the next
// conversation and with what to say to the gateway. What the rows do is in chat.ts, seek.ts,
// block.ts and care.ts.

import {
    block, blockLast, blockPartner, consider, insist, insistAndSearch, mayStand, note,
    reconsider, release, said, saidOfLast, unblock,
} from './block';
import {
    confirm, drop, fail, leave, leaving, notSeen, notice, part, resume, retry, sendable, take,
    type, unnotice, write,
} from './chat';
import {
    cooling, isOverdue,
    type Action, type Conversation, type Link, type Of, type Refusal, type Say, type State,
    type Step,
} from './conversation';
import {
    arm, call, chooseAuto, due, firstPress, goesOnAlone, hide, partAndGoOn, probe, returnTo,
    show, stay, stopsNext, unreachable,
} from './care';
import {
    add, carry, choose, decide, decline, expire, goesOn, greet, inThis, knows, remind, remove,
    search, skip, start, told, typeInterest, undo, undoable, wait, withdraw,
} from './seek';

// -- what belongs to no chat and no search -----------------------------------------------------

const always = () => true;
const linked = (c: Conversation) => c.link === 'up';
const coolingDown = (_: Conversation, a: { refusal: Refusal }) =>
    a.refusal.retryAfter !== undefined;
// The page never searches in a chat: its search has crossed the match.
const crossed = (_: Conversation, a: Of<'error'>) => a.refusal.code === 'already_in_chat';
// Nothing is undone in a chat but to find out whether the gateway answers.
const probed = (_: Conversation, a: Of<'error'>) => a.refusal.code === 'nothing_to_undo';

const nothing = (): Step => ({});

const arrive = (): Step => ({ say: [{ say: 'arrive' }] });

// What was said goes on in the other tab, and nothing of it stays behind in this one.
const surrender = (): Step => ({ set: { chat: null, draft: '', refusal: null } });

const refuse = (_: Conversation, a: { at: number; refusal: Refusal }): Step =>
    ({ set: cooling(a.refusal, a.at) });

const count = (_: Conversation, a: Of<'online'>): Step => ({ set: { online: a.count } });

function tick(c: Conversation, a: Of<'ticked'>): Step {
    const set: Partial<Conversation> = {};
    if (c.refusal && a.at >= c.refusal.until) {
        set.refusal = null;
    }
    if (c.undoUntil > 0 && a.at >= c.undoUntil) {
        set.undoUntil = 0;
    }
    if (c.chat && c.chat.typingUntil > 0 && a.at >= c.chat.typingUntil) {
        set.chat = { ...c.chat, typingUntil: 0 };
    }
    if (c.armed && a.at >= c.armed.until) {
        set.armed = null;
    }
    if (!isOverdue(c, a.at)) {
        return { set };
    }
    const { set: more, say } = probe(c, a);
    return { set: { ...set, ...more }, say };
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
const HERE: State[] = [...RESTING, ...SEEKING, ...TALKING];
// Where the chat is shown, or was left a moment ago: an answer to a message still counts, as a skip
// may yet be refused, and its partner can be blocked.
const NEAR: State[] = [...SEEKING, ...TALKING, 'left'];

// The first row that fits wins. What fits none changes nothing.
const rules: Rule[] = [
    // in                when               fits                do               then
    on(RESTING,          'searched',        linked,             start,           'searching'),
    on(RESTING,          'searched',        always,             decide,          'connecting'),
    on('elsewhere',      'searched',        always,             arrive,          'connecting'),
    on(SEEKING,          'ended',           always,             withdraw,        'idle'),
    on(TALKING,          'ended',           always,             leave,           'left'),
    on('left',           'ended',           always,             nothing,         'idle'),
    on(TALKING,          'skipped',         linked,             skip,            'searching'),
    on(TALKING,          'skipped',         always,             reconsider,      'connecting'),
    on('searching',      'undid',           undoable,           undo,            'stay'),

    // What cannot be taken back, or comes from a key that is near others, is pressed twice.
    on(TALKING,          'skip_pressed',    firstPress('skip'), arm('skip'),     'stay'),
    on(TALKING,          'skip_pressed',    linked,             skip,            'searching'),
    on(TALKING,          'skip_pressed',    always,             reconsider,      'connecting'),
    on(TALKING,          'end_pressed',     firstPress('end'),  arm('end'),      'stay'),
    on(TALKING,          'end_pressed',     always,             leave,           'left'),
    on('left',           'stayed',          always,             stay,            'stay'),
    on('left',           'ticked',          due,                start,           'searching'),
    on(ANY,              'auto_chosen',     always,             chooseAuto,      'stay'),

    on(RESTING,          'interest_typed',  always,             typeInterest,    'stay'),
    on(RESTING,          'interest_added',  always,             add,             'stay'),
    on(RESTING,          'interest_removed', always,            remove,          'stay'),
    on(RESTING,          'language_chosen', always,             choose,          'stay'),

    on(TALKING,          'typed',           always,             type,            'stay'),
    on(TALKING,          'wrote',           sendable,           write,           'stay'),
    on(TALKING,          'retried',         always,             retry,           'stay'),

    on(NEAR,             'block_considered', block('none'),     consider,        'stay'),
    on(NEAR,             'block_dropped',   block('considered'), reconsider,     'stay'),
    on(TALKING,          'blocked',         block('considered'), blockPartner,   'left'),
    on(NEAR,             'blocked',         block('considered'), blockLast,      'stay'),

    // After each connect the gateway says what it believes. Whoever rests meanwhile chose to.
    on('opening',        'state',           told('idle'),       nothing,         'idle'),
    on('opening',        'state',           told('searching'),  remind,          'searching'),
    on('opening',        'state',           told('chatting'),   greet,           'chatting'),
    on(RESTING,          'state',           said,               insist,          'stay'),
    on(RESTING,          'state',           told('searching'),  withdraw,        'stay'),
    on(RESTING,          'state',           told('chatting'),   decline,         'stay'),
    on(SEEKING,          'state',           saidOfLast,         insistAndSearch, 'searching'),
    on(SEEKING,          'state',           told('idle'),       search,          'searching'),
    on(SEEKING,          'state',           told('searching'),  remind,          'searching'),
    on(SEEKING,          'state',           inThis,             skip,            'searching'),
    on(SEEKING,          'state',           told('chatting'),   greet,           'chatting'),
    on(TALKING,          'state',           inThis,             resume,          'stay'),
    on(TALKING,          'state',           told('chatting'),   greet,           'chatting'),
    on(TALKING,          'state',           told('searching'),  remind,          'searching'),
    on(TALKING,          'state',           told('idle'),       drop,            'left'),

    on('searching',      'waiting',         always,             wait,            'stay'),
    on('searching',      'search_timeout',  always,             expire,          'idle'),

    // A match may cross a change of mind, and overtake the confirmation that the last chat ended.
    on(TALKING,          'matched',         knows,              nothing,         'stay'),
    on(NEAR,             'matched',         goesOn,             carry,           'chatting'),
    on(['idle', 'left'], 'matched',         always,             decline,         'stay'),
    on(ANY,              'matched',         always,             greet,           'chatting'),

    on(TALKING,          'message',         notSeen,            take,            'stay'),
    on(SEEKING,          'message',         leaving,            take,            'stay'),
    on(TALKING,          'typing',          always,             notice,          'stay'),
    on('chatting',       'partner_away',    always,             unnotice,        'away'),
    on('away',           'partner_back',    always,             nothing,         'chatting'),
    on(TALKING,          'partner_left',    goesOnAlone,        partAndGoOn,     'left'),
    on(TALKING,          'partner_left',    always,             part,            'left'),
    on(NEAR,             'delivered',       always,             confirm,         'stay'),
    on(NEAR,             'undelivered',     always,             fail,            'stay'),

    // A skip is refused for a while, and the chat goes on; or for good, as that chat is over.
    on(SEEKING,          'search_refused',  always,             refuse,          'idle'),
    on('searching',      'skip_refused',    coolingDown,        refuse,          'chatting'),
    on('searching',      'skip_refused',    always,             search,          'stay'),
    on('searching',      'undo_refused',    always,             refuse,          'stay'),
    on(ANY,              'block_noted',     always,             note,            'stay'),
    on(['idle', 'left'], 'block_refused',   mayStand,           release,         'stay'),
    on(ANY,              'block_refused',   always,             unblock,         'stay'),

    on(TALKING,          'lost',            always,             unnotice,        'stay'),
    on(TALKING,          'went_offline',    always,             unnotice,        'stay'),
    on(HERE,             'came_online',     unreachable,        call,            'stay'),
    on(HERE,             'called',          unreachable,        call,            'stay'),
    on(ANY,              'hid',             always,             hide,            'stay'),
    on(HERE,             'shown',           always,             returnTo,        'stay'),
    on('elsewhere',      'shown',           always,             show,            'stay'),
    on(ANY,              'taken_over',      always,             surrender,       'elsewhere'),
    on(TALKING,          'error',           crossed,            nothing,         'stay'),
    on([...TALKING, 'left'], 'error',       probed,             nothing,         'stay'),
    on(ANY,              'error',           always,             refuse,          'stay'),
    on(ANY,              'online',          always,             count,           'stay'),
    on(ANY,              'ticked',          always,             tick,            'stay'),
];

const links: Partial<Record<Action['type'], Link>> = {
    state: 'up', lost: 'lost', went_offline: 'offline', taken_over: 'opening',
};

// Without a network there is nothing to lose; when it is back the link is not.
function linkAfter(c: Conversation, a: Action): Link {
    if (c.link === 'offline' && (a.type === 'lost' || a.type === 'came_online')) {
        return a.type === 'lost' ? 'offline' : 'lost';
    }
    return links[a.type] ?? c.link;
}

// What names a chat is about that chat alone; only these two may bring a new one. The end of a chat
// that the gateway has no name for is that of the one shown.
function isOld(c: Conversation, a: Action): boolean {
    const mayBeNew = a.type === 'matched' || a.type === 'state';
    const isNameless = a.type === 'partner_left' && a.chatId === '';
    return 'chatId' in a && !mayBeNew && !isNameless && a.chatId !== c.chat?.id;
}

// What is true of one state, and is put away with it.
const anew = (at: number): Partial<Conversation> =>
    ({ since: at, undoUntil: 0, searching: null, timedOut: null, armed: null, nextAt: 0 });

// The next conversation, and what to say to the gateway, in order. While the link is down
// nothing is said: what waits is in the conversation, and goes out when its own chat is back.
export function reduce(c: Conversation, a: Action): { conversation: Conversation; say: Say[] } {
    const link = linkAfter(c, a);
    const rule = isOld(c, a)
        ? undefined
        : rules.find((r) => r.when === a.type && r.in.includes(c.state) && r.fits(c, a));
    const turned = link === c.link ? {} : { link, linkSince: a.at };
    if (!rule) {
        return { conversation: link === c.link ? c : { ...c, ...turned, now: a.at }, say: [] };
    }
    const { set, say = [] } = rule.do(c, a);
    const state = rule.then === 'stay' ? c.state : rule.then;
    const begun = state === c.state ? stopsNext(a) : anew(a.at);
    return {
        conversation: { ...c, ...begun, ...turned, ...set, state, now: a.at },
        say: say.filter((s) => link === 'up' || s.say === 'arrive' || s.say === 'call'),
    };
}
