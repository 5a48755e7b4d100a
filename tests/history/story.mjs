// story.mjs -- a history with everything in its place: who was in which chat, and who searched since
// when, for what. It accuses of what is wrong at once; judge.mjs of what needs the whole.
//
// A user is told things in the order in which they happened to it, and an answer comes when what was
// asked is done: so what was asked holds from its answer on, and what was told holds at once. Only a
// block is answered later than that.

const ENDING = new Set(['skip', 'end_chat', 'block']);
const BEGINNING = new Set(['search', 'skip', 'undo']);

export const ANYBODY = { interests: [], language: '' };
export const SLACK_MS = 5; // Between a clock here and one there.
const WAITED_SLACK_MS = 100;
// What somebody asked for last may have been heard by nobody but the gateway: whoever comes to another
// one so soon after may find it undone, and is told how things are.
const UNHEARD_MS = 1500;
const WISHES_MOST = 4; // Of somebody who comes or is taken back: a matcher may not know of the latest.

const wished = (asks) => asks.map(({ wish }) => wish).filter(Boolean);

class User {
    chat = null; // That it is in, as it was told.
    search = null; // {begin, wishes}, while it has one.
    leaving = null; // {chat, ask}: a block that is not answered.
    parted = null; // {chat, at}: its partner has left it; until the user does something else. No chat:
                   // one that it was not told of.
    wishes = [ANYBODY]; // Of its searches so far.
    latest = [ANYBODY]; // Which of these may be in force: one, unless the connection was lost.
    spelled = true; // That was said by this connection; no other gateway has its spelling.
    connected = false;
    lostAt = -Infinity;
    stoppedAt = -Infinity; // When it ended a search last.
    asks = new Map(); // Not answered, by number.
    unsure = []; // Those that were not when the connection was lost.
    past = []; // Its chats and, as null, each search in which it may have missed one.

    constructor(who, browser) {
        Object.assign(this, { who, browser, key: browser ?? who });
    }
}

export class Story {
    users = new Map();
    chats = new Map();
    texts = new Map();
    partners = new Map(); // Partner ids: {who, chat}.
    blocks = []; // {who, chat, at}: answered.
    missed = []; // {who, from, to, again}: times in which somebody may have been matched and not told;
                 // or may only have been taken back into the chat `again`.
    undos = []; // {who, chat, at}: asked for.
    finish = null; // How it was when nothing more was begun: {at, chats, searching, unanswered}.
    verdicts = [];

    constructor({ events }, { searchLimitMs = 0 } = {}) {
        this.searchLimitMs = searchLimitMs;
        this.start = events[0]?.at ?? 0;
        for (const event of events) {
            this[`on_${event.kind}`]?.(event, this.users.get(event.who));
        }
    }

    accuse(kind, at, what, { users = [], chat = null } = {}) {
        this.verdicts.push({ kind, at, what, users, chat });
    }

    chat(id, at) {
        if (!this.chats.has(id)) {
            this.chats.set(id, { id, at, sides: new Map(), ends: [], absences: [], parted: [] });
        }
        return this.chats.get(id);
    }

    // Nothing is begun any more, and whatever was on its way had its time.
    on_finish({ at }) {
        const present = [...this.users.values()].filter(({ connected }) => connected);
        this.finish = {
            at,
            chats: new Map(present.filter(({ chat }) => chat).map(({ who, chat }) => [who, chat])),
            searching: present.filter(({ search }) => search),
            unanswered: present.flatMap(({ asks }) => [...asks.values()]),
        };
    }

    // --- Coming and going ---

    on_came({ who, browser }) {
        this.users.set(who, new User(who, browser));
    }

    on_connected({ who, state, chat, partner, at }, user) {
        const isKnown = chat ? this.#wasUnheard(user, chat) : this.#mayHaveLeft(user);
        user.connected = true;
        if (chat !== user.chat && !isKnown) {
            this.accuse('STATE', at, `${who} was in ${user.chat}, and was told that it is ${state} `
                + `in ${chat}`, { users: [who], chat: user.chat });
        }
        if (chat) {
            this.chat(chat, at).absences.forEach((one) => one.who === who && (one.to ??= at));
            this.#namesPartner(user, chat, partner, at);
        }
        user.chat = chat;
        user.leaving = null;
        user.wishes.push(...wished(user.unsure));
        user.latest = user.wishes.slice(-WISHES_MOST);
        if (state !== 'searching') {
            // A chat that it was not told of may be over, and its partner want it back.
            user.parted = user.search && !chat ? { chat: null, at } : user.parted;
            user.search = null;
        } else {
            const asked = user.unsure.find(({ what }) => BEGINNING.has(what));
            user.search ??= { begin: asked?.at ?? at, wishes: [] };
            user.search.wishes.push(...user.latest);
        }
        user.unsure = [];
    }

    // Whether it has asked to leave its chat, and does not know whether it has.
    #mayHaveLeft(user) {
        return user.unsure.some(({ what }) => ENDING.has(what));
    }

    on_lost(event, user) {
        this.#disappears(event, user);
        user.unsure.push(...user.asks.values());
        user.asks.clear();
        user.spelled = false;
        user.lostAt = event.at;
    }

    on_left(event, user) {
        this.#disappears(event, user);
        user.asks.clear();
        Object.assign(user, { chat: null, search: null, leaving: null });
    }

    #disappears({ who, at }, user) {
        user.connected = false;
        user.asks.forEach((asked) => this.#mayEnd(user, asked));
        if (user.chat) {
            this.chats.get(user.chat).absences.push({ who, from: at });
        }
        const asked = [...user.asks.values()].filter(({ what }) => BEGINNING.has(what));
        const begun = [...user.search ? [user.search.begin] : [], ...asked.map((one) => one.at)];
        begun.forEach((begin) => this.#misses(user, begin, at));
        const again = user.chat ?? user.parted?.chat;
        // Whoever has blocked the partner is had back, and searches on.
        const blocked = [...user.asks.values()].some(({ what, chat }) =>
            what === 'block' && chat === again);
        if (again && (begun.length === 0 || blocked)) {
            this.#missesUndo(user, again, at);
        }
    }

    #misses(user, from, to) {
        user.past.push(null);
        this.missed.push({ who: user.who, from, to, again: null });
    }

    // Its partner may have wanted it back.
    #missesUndo({ who }, again, to) {
        this.missed.push({ who, from: this.start, to, again });
    }

    // --- Asking ---

    on_asks(event, user) {
        const { who, what, chat, text, interests, language, at } = event;
        const wished = interests || language;
        const wish = wished ? { interests: interests ?? [], language: language ?? '' } : null;
        user.asks.set(event.ask, { ...event, wish: what === 'search' ? wish ?? ANYBODY : wish });
        if (what === 'message') {
            this.texts.set(text, { text, who, chat, at, heard: [] });
        }
        user.leaving ??= this.#leavingOf(user);
        if (what === 'undo') {
            this.undos.push({ who, chat, at });
        }
        this.#mayEnd(user, event);
    }

    #asksToEnd({ who, chat }, { what, ask, at }) {
        this.chats.get(chat).ends.push({ who, what, ask, at });
    }

    // It may be about the chat that the user is in now.
    #mayEnd(user, asked) {
        if (ENDING.has(asked.what) && user.chat && (asked.chat ?? user.chat) === user.chat) {
            this.#asksToEnd(user, asked);
        }
    }

    on_answered({ who, ask, status, code, at }, user) {
        const asked = user.asks.get(ask);
        if (!user.asks.delete(ask)) {
            this.accuse('DOUBLED', at, `${who} was answered twice (${ask})`, { users: [who] });
            return;
        }
        this.#isPast(user, ask, at);
        if (asked.what === 'undo') {
            this.#asksAnew(user, at);
        }
        if (!code) {
            this[`after_${asked.what}`]?.(user, asked, status, at);
        } else if (user.leaving?.ask === ask) {
            user.leaving = this.#leavingOf(user);
        }
    }

    // The first block of its partner that is not answered.
    #leavingOf({ chat, asks }) {
        const block = [...asks.values()].find((asked) =>
            asked.what === 'block' && asked.chat === chat);
        return chat && block ? { chat, ask: block.ask } : null;
    }

    // What was asked before that has been done.
    #isPast(user, ask, at) {
        if (user.leaving && user.leaving.ask < ask) {
            this.#leaves(user, { ...user.leaving, at });
        }
    }

    #leaves(user, asked) {
        this.#asksToEnd(user, asked);
        this.#missesUndo(user, user.chat, asked.at);
        Object.assign(user, { chat: null, leaving: null, parted: null });
    }

    #searches(user, asked) {
        user.latest = asked.wish ? [asked.wish] : user.latest;
        if (asked.wish || user.parted) {
            this.#asksAnew(user, asked.at);
        }
        user.wishes.push(...user.latest);
        user.spelled ||= asked.wish !== null;
        user.search ??= { begin: asked.at, wishes: [] };
        user.search.wishes.push(...user.latest);
    }

    // A matcher is asked for something else. What it found for what was asked before is only told if
    // that chat still stands by then.
    #asksAnew(user, at) {
        if (user.search) {
            this.#misses(user, user.search.begin, at);
        } else if (user.parted) {
            this.#missesUndo(user, user.parted.chat, at);
        }
    }

    #stops(user, at) {
        user.stoppedAt = at;
        if (user.search) {
            this.#misses(user, user.search.begin, at);
            Object.assign(user, { search: null, parted: null });
        }
    }

    after_search(user, asked) {
        this.#searches(user, asked);
    }

    after_skip(user, asked) {
        if (user.chat) {
            this.#leaves(user, asked);
        }
        this.#searches(user, asked);
    }

    after_end_chat(user, asked, status, at) {
        if (user.chat) {
            this.#leaves(user, asked);
        }
        this.#stops(user, at);
    }

    after_block(user, asked, status, at) {
        if (user.leaving?.ask === asked.ask) {
            this.#leaves(user, asked);
        } else {
            this.#missesUndo(user, asked.chat, at);
        }
        this.blocks.push({ who: user.who, chat: asked.chat, at });
    }

    // --- Being told ---

    on_matched({ who, chat: id, partner, interests, again, at }, user) {
        const chat = this.chat(id, at);
        const about = { users: [who], chat: id };
        if (chat.sides.has(who)) {
            this.accuse('DOUBLED', at, `${who} was told twice of ${id}`, about);
            return;
        }
        // Whoever comes back may hear only that the chat goes on as another one.
        const goesOn = !user.connected && this.#goesBackTo(again, user.chat);
        const isIn = user.chat && user.chat !== user.leaving?.chat && !this.#mayHaveLeft(user);
        if (isIn && !goesOn) {
            this.accuse('TWO CHATS', at, `${who} was put into ${id} while in ${user.chat}`, about);
        }
        if (!goesOn && !this.#expectsMatch(user, again)) {
            this.accuse('UNASKED', at, `${who} was put into ${id} and did not search`, about);
        }
        const { search, connected, spelled, unsure } = user;
        const before = [...user.wishes.slice(-WISHES_MOST), ...wished(unsure)];
        const wishes = search && !again ? [...search.wishes, ...wished(unsure)] : before;
        chat.sides.set(who, {
            ...{ who, at, interests, again, wishes, begin: search?.begin ?? null },
            spelled: connected && spelled,
            returns: !connected,
        });
        chat.at = Math.min(chat.at, at);
        user.past.push(chat);
        Object.assign(user, { chat: id, search: null, leaving: null, parted: null });
        // What was on its way then may leave this one, and a block overtake its answer.
        user.asks.forEach((asked) => this.#mayEnd(user, asked));
        this.#namesPartner(user, id, partner, at);
    }

    // Whether a chat is that one, or has taken it up, or one that had, and so on.
    #goesBackTo(chat, one) {
        const takenUp = (id) =>
            [...this.chats.get(id)?.sides.values() ?? []].find(({ again }) => again)?.again;
        for (let id = chat; id; id = takenUp(id)) {
            if (id === one) {
                return true;
            }
        }
        return false;
    }

    #expectsMatch(user, again) {
        const doubt = user.unsure.some(({ what }) => BEGINNING.has(what));
        const unheard = !user.connected && user.lostAt - user.stoppedAt <= UNHEARD_MS;
        const wanted = again && user.parted?.chat === null;
        return user.search || doubt || unheard || wanted || this.#goesBackTo(again, user.parted?.chat);
    }

    #namesPartner({ who }, chat, partner, at) {
        const known = this.partners.get(partner);
        if (known && (known.who !== who || known.chat !== chat)) {
            this.accuse('PARTNER ID', at, `${partner} was ${known.who}'s partner in ${known.chat} and `
                + `is ${who}'s in ${chat}`, { users: [who, known.who], chat });
        }
        this.partners.set(partner, { who, chat });
    }

    on_parted({ who, chat: named, at }, user) {
        const chat = named ?? user.past.findLast(Boolean)?.id ?? null;
        if (user.chat === chat || this.#wasUnheard(user, chat)) {
            const rest = user.chat === chat ? null : user.chat;
            this.chats.get(chat).parted.push({ who, at, returns: !user.connected });
            Object.assign(user, { chat: rest, leaving: null, parted: { chat, at } });
        } else {
            this.accuse('LEFT TWICE', at, `${who} was told that ${chat} is over, and knew`,
                { users: [who], chat });
        }
    }

    // Whether somebody who comes back had left that chat just before its connection was lost.
    #wasUnheard({ who, connected, lostAt }, chat) {
        const left = this.chats.get(chat)?.ends.findLast((end) => end.who === who);
        return !connected && left && lostAt - left.at <= UNHEARD_MS;
    }

    on_heard({ who, chat, text, at }, user) {
        const written = this.texts.get(text);
        const about = { users: [who, written?.who], chat };
        if (user.chat !== chat) {
            this.accuse('MISDELIVERED', at, `${who}, who is in ${user.chat}, heard in ${chat}: ${text}`,
                about);
        } else if (!written) {
            this.accuse('MISDELIVERED', at, `${who} heard what nobody wrote: ${text}`, about);
        } else {
            written.heard.push({ who, chat, at });
        }
    }

    on_waits({ who, waitedMs, at }, { search }) {
        if (search && waitedMs > at - search.begin + WAITED_SLACK_MS) {
            const begin = Math.round(at - search.begin);
            this.accuse('PLACE', at, `${who} has searched for ${begin} ms, and was told ${waitedMs}`,
                { users: [who] });
        }
    }

    on_unasked({ who, at }) {
        this.accuse('UNASKED', at, `${who} was answered what it had not asked`, { users: [who] });
    }

    on_expired({ who, at }, user) {
        if (!user.search && user.unsure.length === 0) {
            this.accuse('UNASKED', at, `${who} was told that its search is over, and had none`,
                { users: [who] });
        } else if (user.search && at - user.search.begin < this.searchLimitMs - SLACK_MS) {
            const lasted = Math.round(at - user.search.begin);
            this.accuse('TOO EARLY', at, `${who}'s search was over after ${lasted} ms`,
                { users: [who] });
        }
        this.#stops(user, at);
    }
}
