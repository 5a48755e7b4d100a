// crowd.mjs -- pairs who chat at the edge without ever leaving their chat, and the verdict on it.

import assert from 'node:assert/strict';
import { Chatter } from '../chaos/chatter.mjs';
import { History, judge } from '../chaos/judge.mjs';
import { until } from '../system/wait.mjs';

const BACK_MS = 40_000;

export class Crowd {
    history = new History();

    static async gather(service, pairs) {
        const crowd = new Crowd();
        crowd.service = service;
        crowd.people = Array.from({ length: 2 * pairs }, (_, i) => new Chatter({
            ...{ name: `c${i + 1}`, url: service.url, seed: 1, history: crowd.history, stays: true },
        }));
        await until('everybody chats', () =>
            crowd.people.every(({ state }) => state === 'chatting'), BACK_MS);
        return crowd;
    }

    // Everybody has heard `count` more texts, each.
    async goesOn(count = 3) {
        const heardBy = () => {
            const sums = new Map(this.people.map(({ name }) => [name, 0]));
            this.history.events.filter(({ kind }) => kind === 'heard')
                .forEach(({ who }) => sums.set(who, sums.get(who) + 1));
            return sums;
        };
        const before = heardBy();
        await until('all talks go on', () =>
            [...heardBy()].every(([name, sum]) => sum >= before.get(name) + count), BACK_MS);
    }

    // Something is done to the service, and everybody comes through it.
    async suffers(what, harm) {
        this.history.note('fault', { name: what, what });
        await harm();
        await until('everybody is back', () =>
            this.people.every((person) => person.isBack), BACK_MS);
        this.history.note('healed', { name: what });
        await this.goesOn();
    }

    // All fall silent and part; nothing was lost, doubled or ended, and all of it is on record.
    async ends(chats) {
        this.people.forEach((person) => person.rest());
        const settled = () => this.people.every((person) => person.isSettled);
        await until('nothing is on its way', settled, BACK_MS);
        this.history.note('finish');
        this.people.forEach((person) => person.end());
        await until('all have parted', settled, BACK_MS);
        this.leave();
        const ids = new Set(this.history.events.flatMap(({ chat }) => chat ?? []));
        const records = async () =>
            (await this.service.sql('select * from "ChatSession"')).filter(({ id }) => ids.has(id));
        await until('all chats are on record', async () => {
            const found = await records();
            return found.length >= chats && found.every(({ endedAt }) => endedAt);
        }, BACK_MS);
        const { verdicts, counts } = judge(this.history, await records());
        assert.deepEqual(verdicts, []);
        assert.equal(counts.chats, chats);
        console.log(`${counts.people} people, ${counts.texts} texts, ${counts.acked} acked, `
            + `${counts.heard} heard, ${counts.returns} connections lost`);
    }

    leave() {
        this.people.splice(0).forEach((person) => person.go());
    }
}
