// party.mjs -- many who chat at one address, the history of it, and its end.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../system/wait.mjs';
import { Balancer } from './balancer.mjs';
import { Chatter } from './chatter.mjs';
import { AIMS, inflict } from './faults.mjs';
import { History, judge } from './judge.mjs';

const BACK_MS = 20_000;
const STAYS = 4; // One of so many never leaves a chat.
const SHOWN = 12; // Verdicts of a kind that are printed.

// What keeps limits and habits of the product out of the way.
export const SETTINGS = {
    RECOVERY_WINDOW_MS: '15000',
    LEASE_MS: '6000',
    AVOID_MS: '0',
    MESSAGES_PER_MINUTE: '0',
    SEARCHES_PER_MINUTE: '0',
    PACKETS_PER_SECOND: '0',
    LOG_LEVEL: 'info',
    ASAN_OPTIONS: 'quarantine_size_mb=16',
};

export class Party {
    history = new History();
    chatters = [];
    #began = performance.now();
    chats; // How many there were, once that is judged.

    // If it `stays`, nobody ever leaves a chat.
    static async start(stack, { pairs, seed, stays = false }) {
        const party = new Party();
        party.stack = stack;
        party.balancer = await Balancer.start(stack);
        const { url } = party.balancer;
        party.chatters = Array.from({ length: 2 * pairs }, (_, i) => new Chatter({
            ...{ name: `c${i + 1}`, url, seed, history: party.history },
            stays: stays || i % STAYS === 0,
        }));
        try {
            const chat = () => party.chatters.every(({ state }) => state === 'chatting');
            await until('everybody chats', chat, BACK_MS);
        } catch (error) {
            await party.goes();
            throw error;
        }
        return party;
    }

    get isBack() {
        return this.chatters.every((chatter) => chatter.isBack);
    }

    // Does the harm, and waits until everybody is back; whoever is not is seen by the judge.
    async suffers(fault) {
        const { name, how, kind } = fault;
        const second = (performance.now() - this.#began) / 1000;
        console.log(`${second.toFixed(1)} s: ${name} ${how}`);
        this.history.note('fault', { name, what: kind });
        await inflict(this, fault);
        await until('everybody is back', () => this.isBack, BACK_MS).catch(() => {});
        this.history.note('healed', { name });
    }

    // All fall silent, end what they have, and leave.
    async ends() {
        this.chatters.forEach((chatter) => chatter.rest());
        const settled = () => this.chatters.every((chatter) => chatter.isSettled);
        await until('nothing is on its way', settled, BACK_MS).catch(() => {});
        this.history.note('finish');
        this.chatters.forEach((chatter) => chatter.end());
        await until('all have ended', settled, BACK_MS).catch(() => {});
        await this.goes();
        await Promise.all(this.stack.names('gateway').map((name) =>
            until(`${name} is deserted`, async () =>
                (await this.stack.metric(name, 'gateway_users')) === 0, 2 * BACK_MS)));
    }

    // Everybody goes at once, whatever they were doing.
    async goes() {
        this.chatters.splice(0).forEach((chatter) => chatter.go());
        await this.balancer?.close();
        this.balancer = null;
        if (process.env.SYSTEM_LOGS) {
            mkdirSync(process.env.SYSTEM_LOGS, { recursive: true });
            const lines = this.history.events.map((event) => `${JSON.stringify(event)}\n`);
            writeFileSync(join(process.env.SYSTEM_LOGS, 'history.jsonl'), lines.join(''));
        }
    }

    // How many verdicts of each kind the judge passes, with the records as they are when nothing is on
    // its way to them.
    async verdicts() {
        const records = () => this.stack.sql('select * from "ChatSession"');
        await until('the records are complete', async () =>
            (await this.stack.redis('xlen', 'records')) === 0
            && (await records()).every(({ endedAt }) => endedAt), 2 * BACK_MS).catch(() => {});
        const { verdicts, faults, counts } = judge(this.history, await records());
        report(verdicts, faults, counts);
        this.chats = counts.chats;
        return verdicts.reduce((sums, { kind }) => ({ ...sums, [kind]: (sums[kind] ?? 0) + 1 }), {});
    }
}

function report(verdicts, faults, counts) {
    const ms = (number) => `${number.toFixed(0)} ms`;
    console.log(`${counts.people} people, ${counts.chats} chats, ${counts.texts} texts, `
        + `${counts.acked} acked, ${counts.heard} heard, ${counts.returns} connections lost; `
        + `an ack took ${ms(counts.ackMs50)}, 1 in 100 over ${ms(counts.ackMs99)}; `
        + `${counts.unheardOf} records of chats that nobody heard of`);
    const line = (...cells) => console.log(
        cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : String(cell).padStart(12))).join(' '));
    if (faults.length > 0) {
        line('fault', 'times', 'slowest ack', 'match', 'return', 'aim', '  verdicts');
    }
    for (const { kind, times, ackMs, jamMs, awayMs, verdicts: found } of faults) {
        const told = Object.entries(found).map(([what, count]) => `${count} ${what}`).join(', ');
        const aim = AIMS[kind] ? `< ${ms(AIMS[kind])}` : '';
        line(kind, times, ms(ackMs), ms(jamMs), ms(awayMs), aim, `  ${told || 'none'}`);
    }
    const kinds = new Set(verdicts.map(({ kind }) => kind));
    for (const kind of kinds) {
        const own = verdicts.filter((verdict) => verdict.kind === kind);
        console.log(`${kind}: ${own.length}`);
        own.slice(0, SHOWN).forEach(({ second, what }) => console.log(`    ${second} s: ${what}`));
    }
}
