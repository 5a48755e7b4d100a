// mob.mjs -- a part of a crowd, in a process of its own that does what its parent asks.
//
// Asked: {id, what, ...}; answers {id, answer}, or {id, error}. `from` and `to` say whose turn it is.

import { until } from '../system/wait.mjs';
import { Lean } from './lean.mjs';

const AT_ONCE = 100; // How many connections are being opened at the same time.
const ARRIVE_MOST_MS = 60_000;

const people = [];

const duties = {
    // Everybody connects to the first address; later any will do.
    async arrive({ urls, count, first }) {
        for (let i = 0; i < count; i++) {
            const isNear = () => people.filter(({ state }) => state === 'away').length < AT_ONCE;
            if (i % AT_ONCE === 0) {
                await until('others have come', isNear, ARRIVE_MOST_MS);
            }
            people.push(new Lean(urls, first + i));
        }
        const all = () => people.every(({ state }) => state !== 'away');
        await until('all have come', all, ARRIVE_MOST_MS);
    },

    search({ from, to }) {
        people.slice(from, to).forEach((person) => person.search());
    },

    // Whoever is not searching and in no chat asks again.
    searchOn({ from, to }) {
        const idle = people.slice(from, to).filter(({ state }) => state === 'idle');
        idle.forEach((person) => person.search());
        return idle.length;
    },

    // Everybody says one text; returns what was answered.
    speak({ from, to }) {
        return Promise.all(people.slice(from, to).map((person, i) =>
            new Promise((tell) =>
                person.say('message', { text: `${person.chat} ${from + i}` }, tell))));
    },

    tell() {
        return people.map(({ state, chat, heard, backMs, tries }) =>
            ({ state, chat, heard, backMs, tries }));
    },

    go() {
        people.forEach((person) => person.go());
    },
};

process.on('message', async ({ id, what, ...rest }) => {
    try {
        process.send({ id, answer: await duties[what](rest) });
    } catch (error) {
        process.send({ id, error: error.message });
    }
});
process.on('disconnect', () => process.exit());
