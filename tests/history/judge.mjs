// judge.mjs -- says what was broken, from what people asked and were told. It knows the promise and
// nothing of what is to keep it: its only source is a history (witness.mjs), with one clock, and what
// the stores are documented to hold.
//
// When a chat was made is not known, but not after it was told first, and not before both had asked.

import { judgeRows, judgeStores, nameUsers } from './stores.mjs';
import { SLACK_MS, Story } from './story.mjs';

const LATE_MS = 5000; // What is done is told within so long, whoever is killed meanwhile.

const accuse = (story, kind, at, what, users, chat = null) =>
    story.accuse(kind, at, what, { users, chat });

// --- Who was in a chat ---

// Which of the wishes get no place, if as many as can get one of those that suit them (Kuhn).
function withoutPlace(wishes) {
    const taken = new Map();
    const find = (wish, seen) => wishes[wish].some((place) => {
        if (seen.has(place)) {
            return false;
        }
        seen.add(place);
        if (taken.has(place) && !find(taken.get(place), seen)) {
            return false;
        }
        taken.set(place, wish);
        return true;
    });
    return wishes.map((_, wish) => wish).filter((wish) => !find(wish, new Set()));
}

// Whether a chat is part of a row of which each takes up the one before, and another one of the row was
// told to nobody else, or to somebody else: who was told late was only told of the latest.
function isOfRow(story, chat) {
    const [{ who, again }] = chat.sides.values();
    return (again !== null && story.chats.get(again)?.sides.size === 1)
        || [...story.chats.values()].some(({ sides }) => [...sides.values()].some((side) =>
            side.again === chat.id && side.who !== who));
}

// A chat of which only one was told: another one must have been on the way out when it was made, each
// such leaving accounts for one chat. `names` are the users that the records have, if known.
function judgeSides(story, names) {
    const lone = [];
    for (const chat of story.chats.values()) {
        const members = [...chat.sides.keys()];
        if (members.length > 2) {
            accuse(story, 'CROWDED', chat.at, `${chat.id} was told to ${members.join(', ')}`, members,
                chat.id);
        } else if (members.length === 1) {
            lone.push(chat);
        }
    }
    const suits = lone.map((chat) => {
        const [{ who, begin, again: taken }] = chat.sides.values();
        const { browser } = story.users.get(who);
        const other = names?.otherOf(chat.id, who);
        return [...story.missed.keys()].filter((i) => {
            const { who: candidate, from, to, again } = story.missed[i];
            return candidate !== who && (!again || again === taken) && (!other || other === candidate)
                && (!browser || story.users.get(candidate).browser !== browser)
                && from <= chat.at && to + LATE_MS >= (begin ?? chat.at);
        });
    });
    for (const i of withoutPlace(suits).filter((place) => !isOfRow(story, lone[place]))) {
        const [who] = lone[i].sides.keys();
        const what = `${lone[i].id} was told to ${who} and to nobody else`;
        accuse(story, 'ONE-SIDED', lone[i].at, what, [who], lone[i].id);
    }
}

// Whoever is told that a chat is over was left by somebody, or was away itself.
function judgeEnds(story) {
    for (const { id, sides, ends, absences, parted } of story.chats.values()) {
        for (const { who, at, returns } of parted) {
            const [other] = [...sides.values()].filter((side) =>
                side.who !== who && side.at <= at && !side.returns).map((side) => side.who);
            const left = ends.some((end) => end.who === other && end.at <= at);
            const away = absences.some(({ from, to = Infinity }) => from <= at && at <= to + LATE_MS);
            if (other && !left && !away && !returns) {
                const what = `${who} was told that ${id} is over, and ${other} had not left it`;
                accuse(story, 'DROPPED', at, what, [who, other], id);
            }
        }
    }
}

// --- Who may meet ---

const pairOf = (one, other) => [one, other].sort().join(' ');

// When two were blocked first, by the names that they are known by to each other.
function blocksOf(story) {
    const blocks = new Map();
    for (const { who, chat, at } of story.blocks) {
        const members = [...story.chats.get(chat)?.sides.keys() ?? []];
        const other = members.find((member) => member !== who);
        if (other) {
            const pair = pairOf(story.users.get(who).key, story.users.get(other).key);
            blocks.set(pair, Math.min(at, blocks.get(pair) ?? Infinity));
        }
    }
    return blocks;
}

function isSameBrowser(one, other) {
    return one.browser !== null && one.browser === other.browser;
}

// When it was asked for at the earliest that these two meet.
function askedAt(story, chat, [a, b]) {
    const again = a.again ?? b.again;
    const undo = story.undos.filter(({ who, chat: named, at }) =>
        (who === a.who || who === b.who) && (named ?? again) === again && at <= chat.at);
    return Math.max(a.begin ?? 0, b.begin ?? 0, ...again ? undo.map(({ at }) => at) : []);
}

function judgeStrangers(story, chat, sides, blocks) {
    const [one, other] = sides.map(({ who }) => story.users.get(who));
    const names = `${one.who} and ${other.who}`;
    const about = [[one.who, other.who], chat.id];
    if (isSameBrowser(one, other)) {
        accuse(story, 'SAME BROWSER', chat.at, `${names} met, both of ${one.browser}`, ...about);
    }
    const blocked = blocks.get(pairOf(one.key, other.key));
    if (chat.at > blocked + LATE_MS || askedAt(story, chat, sides) > blocked) {
        const since = Math.round(chat.at - blocked);
        accuse(story, 'BLOCKED', chat.at, `${names} met, blocked for ${since} ms`, ...about);
    }
}

// A search that has been withdrawn finds nobody any more. Who is wanted back need not search.
function judgeWithdrawn(story, chat, sides) {
    for (const { who, begin, again } of sides) {
        if (!again && begin !== null && begin > chat.at + SLACK_MS) {
            const what = `${who} was matched ${Math.round(begin - chat.at)} ms before it searched`;
            accuse(story, 'WITHDRAWN', chat.at, what, sides.map((side) => side.who), chat.id);
        }
    }
}

// How many chats somebody may have had between two of its own.
function between({ past }, before, chat) {
    return past.indexOf(chat) - past.indexOf(before) - 1;
}

// When a chat was over at the earliest.
function endOf({ ends, absences }) {
    const gone = absences.filter(({ to }) => to === undefined);
    return Math.min(...ends.map(({ at }) => at), ...gone.map(({ from }) => from));
}

// Whether one of the two has asked for it. Whoever comes back may not be told that it was so.
function mayBeUndo(story, chat, sides, before) {
    return sides.some(({ again }) => again) || (sides.every(({ returns }) => returns)
        && story.undos.some(({ who, chat: named, at }) => chat.sides.has(who)
            && (named ?? before.id) === before.id && before.at <= at && at <= chat.at));
}

function judgeAgain(story, chat, sides, before, { avoidMs, recent }) {
    const users = sides.map(({ who }) => story.users.get(who));
    const counts = users.some((user) => between(user, before, chat) < recent);
    const passed = chat.at - endOf(before);
    if (counts && !mayBeUndo(story, chat, sides, before) && passed < avoidMs - SLACK_MS) {
        const names = users.map(({ who }) => who);
        const what = `${names.join(' and ')} met again after ${Math.round(passed)} ms`;
        accuse(story, 'TOO SOON', chat.at, what, names, chat.id);
    }
}

// --- What was wished ---

const fold = (interest) => interest.trim().toLowerCase();
const foldAll = (interests) => new Set(interests.map(fold));
const common = (one, other) =>
    [...foldAll(one.interests)].filter((interest) => foldAll(other.interests).has(interest));

function givesWhatWasAsked(wish, other) {
    return (wish.interests.length === 0 || common(wish, other).length > 0)
        && (wish.language === '' || wish.language === other.language);
}

// What one is told that it shares: just that, in its own spelling. A wish that was changed, or carried
// to another gateway, may no longer have a spelling.
function tellsShared({ interests, wishes, spelled }, shared) {
    const told = foldAll(interests);
    const own = new Set(wishes.flatMap((wish) => wish.interests));
    const latest = foldAll(wishes.at(-1).interests);
    return interests.every((interest) => own.has(interest) && shared.includes(fold(interest)))
        && told.size === interests.length
        && (!spelled || shared.filter((i) => latest.has(i)).every((i) => told.has(i)));
}

function judgeWishes(story, chat, [a, b], { interestWaitMs }) {
    const about = [[a.who, b.who], chat.id];
    const combinations = a.wishes.flatMap((one) => b.wishes.map((other) => [one, other]));
    const isPicky = ({ begin }) => begin !== null && chat.at - begin < interestWaitMs - SLACK_MS;
    const pleases = ([one, other]) => (!isPicky(a) || givesWhatWasAsked(one, other))
        && (!isPicky(b) || givesWhatWasAsked(other, one));
    const say = ({ who, begin, wishes }) =>
        `${who} (${begin === null ? 'no search' : `${Math.round(chat.at - begin)} ms`}, `
        + `${wishes.map(({ interests, language }) => `[${interests}] ${language}`).join('; ')})`;
    if (!a.again && !b.again && !combinations.some(pleases)) {
        accuse(story, 'UNWISHED', chat.at, `${say(a)} met ${say(b)}`, ...about);
    }
    const isTold = ([one, other]) => [a, b].every((side) => tellsShared(side, common(one, other)));
    if (!combinations.some(isTold)) {
        const told = [a, b].map(({ interests }) => `[${interests}]`).join(' and ');
        accuse(story, 'SHARED', chat.at, `${say(a)} met ${say(b)}; told: ${told}`, ...about);
    }
}

// A chat may be taken up again if one of its two has skipped it and asks for that. Whoever comes back
// need not be told which it was, and who was told late may not have been told of that one.
function judgeUndo(story, chat) {
    const sides = [...chat.sides.values()];
    const again = sides.find((side) => side.again)?.again;
    const before = story.chats.get(again);
    const isTheSame = sides.every((side) => (side.returns && !side.again)
        || (side.again === again && (before?.sides.has(side.who) || before?.sides.size === 1)));
    const isAsked = story.undos.some(({ who, chat: named, at }) => at <= chat.at
        && (named ?? again) === again && before?.sides.has(who)
        && before.ends.some((end) => end.who === who && end.what === 'skip'));
    if (again && !(isTheSame && isAsked)) {
        const what = `${chat.id} is said to take up ${sides.map((side) => side.again).join(' and ')}`;
        accuse(story, 'FALSE UNDO', chat.at, what, sides.map(({ who }) => who), chat.id);
    }
}

function judgeMeetings(story, settings) {
    const blocks = blocksOf(story);
    const latest = new Map();
    for (const chat of [...story.chats.values()].sort((a, b) => a.at - b.at)) {
        const sides = [...chat.sides.values()];
        judgeUndo(story, chat);
        if (sides.length === 2) {
            const pair = pairOf(...chat.sides.keys());
            judgeStrangers(story, chat, sides, blocks);
            judgeWithdrawn(story, chat, sides);
            judgeWishes(story, chat, sides, settings);
            if (latest.has(pair)) {
                judgeAgain(story, chat, sides, latest.get(pair), settings);
            }
            latest.set(pair, chat);
        }
    }
}

// --- Texts ---

// `names` are the users that the records have, if known: who has gone may not have been told of its chat.
function judgeTexts(story, names) {
    for (const { text, who, chat: named, heard } of story.texts.values()) {
        for (const [i, ear] of heard.entries()) {
            const sides = story.chats.get(ear.chat)?.sides;
            const isPartner = ear.who !== who && sides?.has(ear.who)
                && (sides.has(who) || names?.otherOf(ear.chat, ear.who) === who);
            if (!isPartner || (named && named !== ear.chat)) {
                accuse(story, 'MISDELIVERED', ear.at, `${ear.who} heard in ${ear.chat}: ${text}`,
                    [who, ear.who], ear.chat);
            } else if (i > 0) {
                accuse(story, 'DOUBLED', ear.at, `${ear.who} heard it again: ${text}`, [who, ear.who],
                    ear.chat);
            }
        }
    }
}

// --- The end ---

function judgeFinish(story) {
    const { at, chats, searching, unanswered } = story.finish;
    const blocks = blocksOf(story);
    searching.forEach((one, i) => searching.slice(i + 1).forEach((other) => {
        if (!isSameBrowser(one, other) && !blocks.has(pairOf(one.key, other.key))) {
            const names = [one.who, other.who];
            accuse(story, 'STUCK', at, `${names.join(' and ')} both search`, names);
        }
    }));
    for (const [who, chat] of chats) {
        const members = [...chats].filter(([, other]) => other === chat).map(([member]) => member);
        if (members.length !== 2) {
            accuse(story, 'DANGLING', at, `${who} is in ${chat}, and so are ${members.length - 1}`,
                [who, ...story.chats.get(chat).sides.keys()], chat);
        }
    }
    for (const { who, what, ask, chat } of unanswered) {
        accuse(story, 'UNANSWERED', at, `${who} was not answered: ${what} (${ask})`, [who], chat);
    }
}

// {verdicts, counts}: what was broken, and how much there was to judge. `settings` are those of the
// product that say when somebody may meet; `rows` are the records, `stores` is what Redis held at the
// finish (stores.mjs): without them these are not judged.
export function judge(history, { settings = {}, rows = null, stores = null } = {}) {
    const story = new Story(history, settings);
    const names = rows && nameUsers(story, rows);
    judgeSides(story, names);
    judgeEnds(story);
    judgeMeetings(story, { avoidMs: 0, recent: 3, interestWaitMs: 0, ...settings });
    judgeTexts(story, names);
    if (story.finish) {
        judgeFinish(story);
    }
    if (rows) {
        judgeRows(story, rows);
    }
    if (stores) {
        judgeStores(story, stores);
    }
    story.verdicts.sort((a, b) => a.at - b.at);
    return {
        verdicts: story.verdicts.map((verdict) =>
            ({ ...verdict, second: Number(((verdict.at - story.start) / 1000).toFixed(3)) })),
        counts: count(story),
    };
}

function count({ users, chats, texts, blocks, missed }) {
    const all = [...chats.values()];
    const has = (trait) => ({ sides }) => [...sides.values()].some(trait);
    return {
        users: users.size,
        chats: all.length,
        lone: all.filter(({ sides }) => sides.size === 1).length,
        again: all.filter(has(({ again }) => again)).length,
        shared: all.filter(has(({ interests }) => interests.length > 0)).length,
        texts: texts.size,
        heard: [...texts.values()].filter(({ heard }) => heard.length > 0).length,
        blocks: blocks.length,
        missed: missed.length,
    };
}
