// report.mjs -- shows what the judge has found, each with the pieces of the history that led to it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHOWN = 3; // Verdicts of a kind.
const LINES = 30; // Of the history, to each.
const BEFORE_MS = 5000;
const AFTER_MS = 500;

// What the users of a verdict asked and were told around then.
function leadingTo({ events }, { at, users, chat }) {
    const about = events.filter((event) => event.at > at - BEFORE_MS && event.at < at + AFTER_MS
        && (users.includes(event.who) || (chat && event.chat === chat)));
    const place = about.findLastIndex((event) => event.at <= at);
    const from = Math.max(0, place - LINES);
    return about.slice(from, place + LINES / 3).map(({ at: then, kind, who, ...rest }) =>
        `        ${(then - at).toFixed(1)} ms ${who} ${kind} ${JSON.stringify(rest)}`);
}

// Prints them; gives how many there are of each kind.
export function report(history, { verdicts, counts }) {
    console.log(Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(', '));
    const sums = {};
    for (const verdict of verdicts) {
        const { kind, second, what } = verdict;
        sums[kind] = (sums[kind] ?? 0) + 1;
        if (sums[kind] <= SHOWN) {
            console.log(`${kind}, ${second} s: ${what}`);
            leadingTo(history, verdict).forEach((line) => console.log(line));
        }
    }
    return sums;
}

// Keeps all of it where SYSTEM_LOGS says.
export function keep(all, name) {
    if (process.env.SYSTEM_LOGS) {
        mkdirSync(process.env.SYSTEM_LOGS, { recursive: true });
        const lines = all.map((one) => `${JSON.stringify(one)}\n`);
        writeFileSync(join(process.env.SYSTEM_LOGS, `${name}.jsonl`), lines.join(''));
    }
}
