// faults.mjs -- what is done to whom: every kind of process is killed, frozen and, if it is one of
// ours, stopped as an operator would; and connections are cut, which spreads people over the gateways
// again after one of these was down. A seed makes the order.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Chance } from '../protocol/chance.mjs';

const FROZEN_MS = 5000;
const DOWN_MOST_MS = 2000;
const PAUSE_MS = 1000; // At least, between the healing of one and the next.
const PAUSE_MOST_MS = 3000;
const NOTICE_MS = 200; // In which people notice that they are cut off.

const OURS = ['gateway', 'relay', 'matcher', 'sessions'];
const STORES = ['redis', 'postgres'];

// 'drained' is what 'stopped' is called at a gateway.
const KINDS = [
    ...[...OURS, ...STORES].flatMap((service) => [[service, 'killed'], [service, 'frozen']]),
    ...OURS.map((service) => [service, service === 'gateway' ? 'drained' : 'stopped']),
];
const CUT = ['network', 'cut'];

// How long people may have to wait, ms. Nothing fails if they wait longer.
export const AIMS = {
    ...Object.fromEntries(['killed', 'stopped'].flatMap((how) =>
        [[`relay ${how}`, 1000], [`matcher ${how}`, 1000], [`sessions ${how}`, 1000]])),
    'gateway killed': 3000,
    'gateway drained': 3000,
    'network cut': 3000,
};

export function delay(ms) {
    return new Promise((next) => setTimeout(next, ms));
}

// One fault after another, for ever: every kind in a new order, then again for the other process of
// each kind. `choice` is what the kind must match, such as /gateway/.
export function* schedule(seed, stack, choice = /./) {
    const chance = new Chance(seed);
    const isChosen = (kind) => choice.test(kind.join(' '));
    const kinds = KINDS.filter(isChosen);
    if (kinds.length === 0 && !isChosen(CUT)) {
        throw new Error(`No fault is called ${choice}`);
    }
    const first = new Map(kinds.map((kind) => [kind, chance.below(2)]));
    const fault = ([service, how], name) => ({
        name,
        how,
        kind: `${service} ${how}`,
        downMs: chance.below(DOWN_MOST_MS),
        pauseMs: PAUSE_MS + chance.below(PAUSE_MOST_MS - PAUSE_MS),
        share: 1 + chance.below(2),
    });
    for (let round = 0; ; round++) {
        const left = [...kinds];
        if (isChosen(CUT)) {
            yield fault(CUT, 'network');
        }
        while (left.length > 0) {
            const kind = left.splice(chance.below(left.length), 1)[0];
            const names = stack.names(kind[0]);
            yield fault(kind, names[(first.get(kind) + round) % names.length]);
            if (kind[0] === 'gateway' && kind[1] !== 'frozen' && isChosen(CUT)) {
                yield fault(CUT, 'network');
            }
        }
    }
}

// A process and all below it.
function familyOf(pid) {
    let children = '';
    try {
        children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    } catch {
        // It has ended.
    }
    return [pid, ...children.split(' ').filter(Boolean).flatMap((child) => familyOf(Number(child)))];
}

// Freezes a process and its children, and returns what thaws them. They are thawed, too, if we end.
function freeze(pid) {
    const thawer = spawn(
        'sh',
        ['-c', 'read -r _; kill -CONT "$@" 2>/dev/null; :', 'thawer', ...familyOf(pid)],
        { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
    );
    const thawed = new Promise((tell) => thawer.once('exit', tell));
    for (const one of familyOf(pid)) {
        try {
            process.kill(one, 'SIGSTOP');
        } catch {
            // A child of a server may end at any time.
        }
    }
    return () => {
        thawer.stdin.end();
        return thawed;
    };
}

// Does it; returns when the process is ready again.
export async function inflict({ stack, balancer }, { name, how, downMs, share }) {
    if (how === 'cut') {
        balancer.cut(share);
        await delay(NOTICE_MS);
        return;
    }
    if (how === 'frozen') {
        const thaw = freeze(stack.get(name).pid);
        try {
            await delay(FROZEN_MS);
        } finally {
            await thaw();
        }
        await stack.ready(name);
        return;
    }
    if (how === 'killed') {
        await stack.kill(name);
    } else {
        await stack.get(name).stop();
    }
    await delay(downMs);
    await stack.revive(name);
}
