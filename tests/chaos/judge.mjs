// judge.mjs -- says what was broken, from what people did and saw. It knows the promise and nothing
// of what is to keep it: its only source is a history, in which everybody's clock is the same.
//
// What is noted, each with the time, and with `who` but for the last three:
//   came, went                  somebody opened the page; closed it for good
//   connected {state, chat}     what they were told when a connection stood; lost {why}
//   searched, withdrew          by own doing
//   matched {chat}, told {chat, reason}
//   left {chat, how}            by own doing, noted when it was asked for
//   wrote {chat, text}          once, however often it was sent; every text differs
//   acked {text}, refused {text, code}, heard {chat, text}
//   fault {name, what}, healed {name}
//   finish                      nobody writes any more, and whatever was on its way had its time

const GRACE_MS = 1000; // Whoever has been connected for so long has heard what was on its way.
const STUCK_MS = 10_000;
const ANSWER_MS = 20_000; // Whoever stays is told so long after, at the latest, that a text has arrived.
const MATCH_MS = 2000; // What both of a chat learn, they learn within so long.

export class History {
    events = [];

    note(kind, more = {}, at = performance.now()) {
        this.events.push({ at, kind, ...more });
    }
}

// Everything in its place: who was in which chat, who wrote what.
class Story {
    people = new Map();
    chats = new Map();
    texts = new Map();
    faults = [];
    verdicts = [];
    #cutInLine = []; // When somebody lost the connection while searching.
    #searching = new Map();
    #ears = 0;

    constructor({ events }) {
        this.start = events[0]?.at ?? 0;
        this.end = events.at(-1)?.at ?? 0;
        this.finish = events.find(({ kind }) => kind === 'finish')?.at ?? this.end;
        for (const event of events) {
            this[`on_${event.kind}`]?.(event);
        }
        for (const who of this.#searching.keys()) {
            this.#searchEnds(who, this.end);
        }
        for (const { gaps } of this.people.values()) {
            const last = gaps.at(-1);
            if (last) {
                last.to ??= this.end;
            }
        }
    }

    accuse(kind, at, what) {
        this.verdicts.push({ kind, at, what });
    }

    person(who) {
        if (!this.people.has(who)) {
            this.people.set(who, { chat: null, written: 0, gaps: [], searches: [] });
        }
        return this.people.get(who);
    }

    chat(id, at) {
        if (!this.chats.has(id)) {
            const lists = { left: [], told: [], seenOver: [], texts: [] };
            this.chats.set(id, { id, began: at, members: new Map(), ...lists });
        }
        return this.chats.get(id);
    }

    // Whether one of its two had ended it by then.
    wasLeft(chat, at) {
        return chat.left.some((left) => left.at <= at);
    }

    #enters(who, id, at) {
        const person = this.person(who);
        const chat = this.chat(id, at);
        if (person.chat && person.chat !== chat && !this.wasLeft(person.chat, at)) {
            const what = `${who} was put into ${id} while in ${person.chat.id}`;
            this.accuse('TWO CHATS', at, what);
        }
        person.chat = chat;
        if (!chat.members.has(who)) {
            chat.members.set(who, at);
        }
        this.#searchEnds(who, at);
    }

    #searchEnds(who, at) {
        if (this.#searching.has(who)) {
            this.person(who).searches.push({ who, from: this.#searching.get(who), to: at });
            this.#searching.delete(who);
        }
    }

    on_came({ who, at }) {
        this.person(who).gaps.push({ from: at });
    }

    on_went({ who, at }) {
        const { gaps } = this.person(who);
        if (gaps.length > 0) {
            gaps.at(-1).to ??= at;
        }
        this.#searchEnds(who, at);
    }

    on_connected({ who, state, chat: id, at }) {
        const person = this.person(who);
        if (person.gaps.length > 0) {
            person.gaps.at(-1).to ??= at;
        }
        if (person.chat && person.chat.id !== id) {
            person.chat.seenOver.push({ who, at, how: `on return it was ${state}` });
            person.chat = null;
        }
        const left = id && this.chat(id, at).left.some((by) => by.who === who);
        if (state === 'chatting' && !left) {
            this.#enters(who, id, at);
        } else if (state === 'searching' && !this.#searching.has(who)) {
            this.#searching.set(who, at);
        } else if (state === 'idle') {
            this.#searchEnds(who, at);
        }
    }

    // Whether a partner may have lost the connection in the moment in which it was found. Each can be the
    // partner of one chat.
    wasMissed(chat) {
        const [told] = chat.told;
        const soon = told?.how === 'told: disconnected' && told.at - chat.began < MATCH_MS;
        const place = this.#cutInLine.findIndex((at) => Math.abs(at - chat.began) < GRACE_MS);
        return soon && this.#cutInLine.splice(place, place < 0 ? 0 : 1).length > 0;
    }

    on_lost({ who, at }) {
        if (this.#searching.has(who)) {
            this.#cutInLine.push(at);
        }
        this.person(who).gaps.push({ from: at });
        this.#searchEnds(who, at);
    }

    on_searched({ who, at }) {
        if (!this.#searching.has(who)) {
            this.#searching.set(who, at);
        }
    }

    on_withdrew({ who, at }) {
        this.#searchEnds(who, at);
    }

    on_matched({ who, chat, at }) {
        this.#enters(who, chat, at);
    }

    on_left({ who, chat, how, at }) {
        this.chat(chat, at).left.push({ who, how, at });
        const person = this.person(who);
        if (person.chat?.id === chat) {
            person.chat = null;
        }
    }

    on_told({ who, chat: id, reason, at }) {
        const chat = this.chat(id, at);
        if (chat.told.some((told) => told.who === who)) {
            this.accuse('DOUBLED', at, `${who} was told twice that ${id} is over`);
        }
        chat.told.push({ who, at, how: `told: ${reason}` });
        const person = this.person(who);
        if (person.chat === chat) {
            person.chat = null;
        }
    }

    on_wrote({ who, chat: id, text, at }) {
        const chat = this.chat(id, at);
        const number = this.person(who).written++;
        const written = { text, who, chat, number, at, acked: null, refused: null, heard: [] };
        chat.texts.push(written);
        this.texts.set(text, written);
    }

    on_acked({ text, at }) {
        this.texts.get(text).acked ??= at;
    }

    on_refused({ text, code, at }) {
        this.texts.get(text).refused = { code, at };
    }

    on_heard({ who, chat, text, at }) {
        const written = this.texts.get(text);
        if (written) {
            written.heard.push({ who, chat, at, order: this.#ears++ });
        } else {
            this.accuse('MISDELIVERED', at, `${who} heard in ${chat} what nobody wrote: ${text}`);
        }
    }

    on_fault({ name, what, at }) {
        this.faults.push({ name, kind: what, from: at, to: Infinity });
    }

    on_healed({ name, at }) {
        this.faults.find((fault) => fault.name === name && fault.to === Infinity).to = at;
    }

    // The longest piece of a time in which nothing was at fault, ms.
    calm(from, to) {
        let longest = 0;
        let begin = from;
        for (const fault of [...this.faults].sort((a, b) => a.from - b.from)) {
            if (fault.to > begin && fault.from < to) {
                longest = Math.max(longest, fault.from - begin);
                begin = Math.max(begin, fault.to);
            }
        }
        return Math.max(longest, to - begin);
    }

    // The times in which two people searched at once, by when they began.
    jams() {
        const searches = [...this.people.values()]
            .flatMap((person) => person.searches)
            .sort((a, b) => a.from - b.from);
        return searches.flatMap((one, i) => {
            const jams = [];
            for (let k = i + 1; k < searches.length && searches[k].from < one.to; k++) {
                const { who: other, from, to } = searches[k];
                if (other !== one.who) {
                    jams.push({ one: one.who, other, from, to: Math.min(one.to, to) });
                }
            }
            return jams;
        });
    }

    // When somebody has been connected for a while that began at `at` or later.
    settled(who, at) {
        let begin = at;
        for (const gap of this.people.get(who)?.gaps ?? []) {
            if (gap.to > begin && gap.from < begin + GRACE_MS) {
                begin = gap.to;
            }
        }
        return begin + GRACE_MS;
    }

    // How a chat ended without anybody's doing: the first sign of it, or nothing.
    dropped(chat) {
        return [...chat.told, ...chat.seenOver]
            .sort((a, b) => a.at - b.at)
            .find(({ at }) => !this.wasLeft(chat, at));
    }
}

// --- The verdicts ---

function judgeTexts(story) {
    for (const { text, who, chat, at, acked, refused, heard } of story.texts.values()) {
        const partner = [...chat.members.keys()].find((member) => member !== who);
        if (acked !== null && heard.length === 0) {
            const settled = partner ? story.settled(partner, acked) : acked + GRACE_MS;
            if (!story.wasLeft(chat, settled)) {
                story.accuse('LOST', at, `${text}: delivered, and ${partner} never heard it`);
            }
        }
        const stood = !story.dropped(chat);
        if (acked === null && refused && stood && !story.wasLeft(chat, refused.at)) {
            story.accuse('REFUSED', at, `${text}: ${refused.code}, though the chat stood`);
        }
        const left = Math.min(...chat.left.map((leaving) => leaving.at), Infinity);
        const answered = acked ?? Math.min(left, refused?.at ?? Infinity);
        const late = answered - at > ANSWER_MS || (acked === null && answered > story.finish);
        if (late && stood && at <= story.finish && left > Math.min(at + ANSWER_MS, story.finish)) {
            const fate = heard.length > 0 ? `${partner} heard it` : 'nobody heard it';
            const when = acked === null ? 'never' : `after ${Math.round(acked - at)} ms`;
            story.accuse('UNANSWERED', at, `${text}: both stayed; it was acked ${when}; ${fate}`);
        }
        for (const [i, ear] of heard.entries()) {
            if (ear.who === who || !chat.members.has(ear.who) || ear.chat !== chat.id) {
                story.accuse('MISDELIVERED', ear.at, `${ear.who} heard in ${ear.chat}: ${text}`);
            } else if (heard.findIndex((other) => other.who === ear.who) !== i) {
                story.accuse('DOUBLED', ear.at, `${ear.who} heard it again: ${text}`);
            }
        }
    }
}

function judgeOrder(story) {
    for (const chat of story.chats.values()) {
        const latest = new Map();
        const heard = chat.texts
            .flatMap(({ text, who, number, heard: ears }) =>
                ears.slice(0, 1).map((ear) => ({ ...ear, text, writer: who, number })))
            .sort((a, b) => a.order - b.order);
        for (const { who, writer, number, text, at } of heard) {
            const way = `${writer} to ${who}`;
            if (number < (latest.get(way) ?? -1)) {
                story.accuse('REORDERED', at, `${who} heard it after a later one: ${text}`);
            }
            latest.set(way, Math.max(number, latest.get(way) ?? -1));
        }
    }
}

function judgeChats(story) {
    for (const chat of story.chats.values()) {
        const members = [...chat.members.keys()];
        const dropped = story.dropped(chat);
        const { began } = chat;
        if (members.length > 2) {
            story.accuse('CROWDED', began, `${chat.id} had ${members.join(', ')} in it`);
        } else if (members.length === 2 && dropped) {
            const what = `${chat.id} of ${members.join(' and ')} ended, ended by neither; `
                + `${dropped.who}: ${dropped.how}`;
            story.accuse('DROPPED', dropped.at, what);
        } else if (members.length === 1 && began < story.finish - MATCH_MS
            && !chat.left.some((left) => left.at < story.finish) && !story.wasMissed(chat)) {
            const end = dropped ? `; ${dropped.how}` : '';
            const what = `${members[0]} was in ${chat.id}, and nobody else${end}`;
            story.accuse('ONE-SIDED', began, what);
        }
    }
}

function judgeWaiting(story) {
    for (const { one, other, from, to } of story.jams()) {
        if (story.calm(from, to) > STUCK_MS) {
            const seconds = ((to - from) / 1000).toFixed(1);
            story.accuse('STUCK', from, `${one} and ${other} both searched for ${seconds} s`);
        }
    }
    for (const [who, { gaps }] of story.people) {
        for (const { from, to } of gaps) {
            if (story.calm(from, to) > STUCK_MS) {
                const seconds = ((to - from) / 1000).toFixed(1);
                story.accuse('STRANDED', from, `${who} was not let in for ${seconds} s`);
            }
        }
    }
}

// Either side of the record may be either of the two.
function countsFit(row, sides, fits) {
    const [a, b] = [row.messagesA ?? 0, row.messagesB ?? 0];
    const [one = { written: 0, acked: 0 }, other = { written: 0, acked: 0 }] = sides;
    return (fits(a, one) && fits(b, other)) || (fits(a, other) && fits(b, one));
}

function judgeRows(story, rows) {
    for (const chat of story.chats.values()) {
        const { began } = chat;
        const own = rows.filter(({ id }) => id === chat.id);
        if (own.length !== 1) {
            story.accuse('UNRECORDED', began, `${chat.id} has ${own.length} records`);
            continue;
        }
        const [row] = own;
        if (!row.endReason || !row.endedAt) {
            story.accuse('UNRECORDED', began, `the record of ${chat.id} lacks its end`);
            continue;
        }
        const sides = [...chat.members.keys()].map((who) => {
            const texts = chat.texts.filter((text) => text.who === who);
            const acked = texts.filter((text) => text.acked !== null).length;
            return { written: texts.length, acked };
        });
        // Without a fault around, what was not acked when the chat ended is all that can differ.
        const ends = [...chat.left, ...chat.told].map(({ at }) => at);
        const over = ends.length > 0 ? Math.max(...ends) + GRACE_MS : story.end;
        const quiet = !story.faults.some(({ from, to }) => from < over && to > began);
        const fits = (count, { written, acked }) => count <= written && (!quiet || count >= acked);
        if (!countsFit(row, sides, fits)) {
            const seen = sides.map(({ written, acked }) => `${written} written, ${acked} acked`);
            story.accuse('MISCOUNTED', began, `${chat.id} has ${row.messagesA} and `
                + `${row.messagesB} on record; people saw ${seen.join(' and ')}`);
        }
    }
}

// --- How long people waited ---

function percentile(sorted, share) {
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

// For each kind of fault: how often, and of what touched it the slowest ack, the longest time that two
// searched at once, and the longest absence.
function measureFaults(story) {
    const jams = story.jams();
    const kinds = new Map();
    const texts = [...story.texts.values()].filter(({ chat }) => !story.dropped(chat));
    const gaps = [...story.people.values()].flatMap((person) => person.gaps);
    for (const { kind, from, to } of story.faults) {
        const touches = (begin, end) => begin < to && end > from;
        const waits = texts
            .map(({ at, acked, chat }) => {
                const end = acked ?? Math.min(story.finish, ...chat.left.map((left) => left.at));
                return touches(at, end) ? end - at : 0;
            });
        const lengths = (spans) =>
            spans.filter((span) => touches(span.from, span.to)).map((span) => span.to - span.from);
        const none = { kind, times: 0, ackMs: 0, jamMs: 0, awayMs: 0, verdicts: {} };
        const row = kinds.get(kind) ?? none;
        row.times += 1;
        row.ackMs = Math.max(row.ackMs, ...waits);
        row.jamMs = Math.max(row.jamMs, ...lengths(jams));
        row.awayMs = Math.max(row.awayMs, ...lengths(gaps));
        kinds.set(kind, row);
    }
    for (const { kind, at } of story.verdicts) {
        const fault = story.faults.filter(({ from }) => from <= at).at(-1);
        if (fault) {
            const { verdicts } = kinds.get(fault.kind);
            verdicts[kind] = (verdicts[kind] ?? 0) + 1;
        }
    }
    return [...kinds.values()].sort((a, b) => a.kind.localeCompare(b.kind));
}

// {verdicts, faults, counts}: what was broken, how long people waited for each kind of fault, and how
// much there was to judge. `rows` are the records of all chats; without them these are not judged.
export function judge(history, rows = null) {
    const story = new Story(history);
    judgeTexts(story);
    judgeOrder(story);
    judgeChats(story);
    judgeWaiting(story);
    if (rows) {
        judgeRows(story, rows);
    }
    story.verdicts.sort((a, b) => a.at - b.at);
    const texts = [...story.texts.values()];
    const waits = texts.filter(({ acked }) => acked !== null).map(({ at, acked }) => acked - at);
    waits.sort((a, b) => a - b);
    return {
        verdicts: story.verdicts.map(({ kind, at, what }) =>
            ({ kind, second: Number(((at - story.start) / 1000).toFixed(1)), what })),
        faults: measureFaults(story),
        counts: {
            people: story.people.size,
            chats: story.chats.size,
            texts: texts.length,
            acked: waits.length,
            heard: texts.filter(({ heard }) => heard.length > 0).length,
            ackMs50: percentile(waits, 0.5),
            ackMs99: percentile(waits, 0.99),
            returns: [...story.people.values()].reduce((sum, { gaps }) => sum + gaps.length - 1, 0),
            unheardOf: rows ? rows.filter(({ id }) => !story.chats.has(id)).length : 0,
        },
    };
}
