// stores.mjs -- what Redis and Postgres are documented to hold, held against what people were told.

// Reads what Redis holds of those who wait or talk: {partners, sessions, waiting, queues}, by the name
// of each key.
export async function readStores(stack) {
    const script = `local found = {}
        for _, pattern in ipairs ({'chat:*', 'session:*', 'queue:*', 'waiting_users'}) do
            for _, name in ipairs (redis.call ('keys', pattern)) do
                local kind = redis.call ('type', name).ok
                local value = kind == 'string' and {redis.call ('get', name)}
                    or redis.call ('zrange', name, 0, -1)
                found[#found + 1] = {name, value}
            end
        end
        return found`;
    const found = await stack.redis('eval', script, '0');
    const of = (prefix) => Object.fromEntries(found.filter(([name]) => name.startsWith(prefix))
        .map(([name, value]) => [name.slice(prefix.length), value]));
    const single = (prefix) => Object.fromEntries(Object.entries(of(prefix))
        .map(([name, [value]]) => [name, value]));
    return {
        partners: single('chat:'),
        sessions: single('session:'),
        waiting: of('waiting_users')[''] ?? [],
        queues: of('queue:'),
    };
}

// Says of each wrong in what Redis held at the finish.
export function judgeStores(story, { partners, sessions, waiting, queues }) {
    const wrong = (what) => story.accuse('STORES', story.finish.at, what);
    for (const [user, partner] of Object.entries(partners)) {
        if (partners[partner] !== user || user === partner) {
            wrong(`${user} has ${partner}, who has ${partners[partner]}`);
        }
        if (!sessions[user] || sessions[user] !== sessions[partner]) {
            wrong(`${user} is in ${sessions[user]}, and its partner ${partner} in ${sessions[partner]}`);
        }
    }
    Object.keys(sessions).filter((user) => !partners[user])
        .forEach((user) => wrong(`${user} is in ${sessions[user]} without a partner`));
    const [held, told] = [new Set(Object.values(sessions)), new Set(story.finish.chats.values())];
    [...held].filter((chat) => !told.has(chat)).forEach((chat) => wrong(`nobody is in ${chat}`));
    [...told].filter((chat) => !held.has(chat)).forEach((chat) => wrong(`${chat} is not there`));
    waiting.filter((user) => partners[user]).forEach((user) => wrong(`${user} chats and waits`));
    if (waiting.length !== story.finish.searching.length) {
        wrong(`${waiting.length} wait, and ${story.finish.searching.length} search`);
    }
    for (const [queue, users] of Object.entries(queues)) {
        users.filter((user) => !waiting.includes(user))
            .forEach((user) => wrong(`${user} stands in ${queue} and does not wait`));
    }
}

// --- Records ---

const membersOf = ({ userA, userB }) => [userA, userB];

// Which user of the records is who. Whoever had two chats is known by what their records have in
// common, and so are the others in these.
class Names {
    #ids = new Map(); // By who: those that it may have.
    #chats = new Map(); // By id: the two of its record.
    #told;
    #known = new Map(); // By id: who it is, once that is sure.
    wrongs = []; // {who, chat, at}: a record that cannot be of who was told of its chat.

    constructor(story, rows) {
        rows.forEach((row) => this.#chats.set(row.id, membersOf(row)));
        this.#told = [...story.chats.values()].filter(({ id }) => this.#chats.has(id));
        this.#told.forEach(({ id, at, sides }) =>
            [...sides.keys()].forEach((who) => this.#mayBe(who, this.#chats.get(id), id, at)));
        this.#conclude();
        for (const [who, [id, ...more]] of this.#ids) {
            if (id && more.length === 0 && this.#known.has(id)) {
                const [chat] = [...this.#told].filter(({ sides }) => sides.has(who));
                this.wrongs.push({ who, chat: chat.id, at: chat.at });
            } else if (id && more.length === 0) {
                this.#known.set(id, who);
            }
        }
    }

    #mayBe(who, ids, chat, at) {
        const before = this.#ids.get(who) ?? ids;
        const now = before.filter((id) => ids.includes(id));
        if (now.length === 0) {
            this.wrongs.push({ who, chat, at });
        }
        this.#ids.set(who, now);
        return now.length < before.length;
    }

    #conclude() {
        for (let changes = true; changes;) {
            changes = false;
            for (const { id, at, sides } of this.#told) {
                const [one, other] = sides.keys();
                for (const [who, partner] of other ? [[one, other], [other, one]] : []) {
                    const known = this.#ids.get(who);
                    const rest = this.#chats.get(id).filter((user) => user !== known[0]);
                    const isNew = known.length === 1 && this.#mayBe(partner, rest, id, at);
                    changes ||= isNew;
                }
            }
        }
    }

    // Who was in that chat beside somebody, if that is known.
    otherOf(chat, who) {
        const [own, ...more] = this.#ids.get(who) ?? [];
        const other = this.#chats.get(chat)?.find((user) => user !== own);
        return own && more.length === 0 && other ? this.#known.get(other) ?? null : null;
    }
}

export function nameUsers(story, rows) {
    return new Names(story, rows);
}

// Every chat that anybody was told of has one record, which is complete and has its two.
export function judgeRows(story, rows) {
    const byId = new Map();
    rows.forEach((row) => byId.set(row.id, [...byId.get(row.id) ?? [], row]));
    for (const { id, at, sides } of story.chats.values()) {
        const own = byId.get(id) ?? [];
        const about = { users: [...sides.keys()], chat: id };
        if (own.length !== 1) {
            story.accuse('UNRECORDED', at, `${id} has ${own.length} records`, about);
        } else if (!own[0].endedAt) {
            story.accuse('UNRECORDED', at, `the record of ${id} lacks its end`, about);
        }
    }
    for (const { who, chat, at } of nameUsers(story, rows).wrongs) {
        story.accuse('STRANGE RECORD', at, `the record of ${chat} is not of ${who}`,
            { users: [who], chat });
    }
}
