// peer.mjs -- the same service on Node and Socket.IO, for comparison: as lean as it can be written.
//
// Of two processes each holds its own people; what concerns one of the other's goes by the Redis
// adapter's channel between servers. Settings: PORT, PROCESSES, REDIS_URL, DATABASE_URL, CONFIRM
// (browser: a message is answered when the partner's browser has answered; sent: when it was sent).

import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { createAdapter } from '@socket.io/redis-adapter';
import { Server } from 'socket.io';
import { Queue, connect } from './queue.mjs';
import { Record } from './record.mjs';

const TEXT_MAX = 500;
const { PORT, PROCESSES, REDIS_URL, DATABASE_URL, CONFIRM = 'browser' } = process.env;

const people = new Map(); // Socket id -> {socket, chat, partner, begun, first}
const unanswered = new Map(); // Number -> answer to a message that the other process delivers.
let lastNumber = 0;

const redis = connect(REDIS_URL);
const queue = new Queue(redis);
const record = await Record.open(DATABASE_URL);
const http = createServer((request, response) => response.end());
const io = new Server(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    adapter: PROCESSES === '1' ? undefined : createAdapter(redis.duplicate(), redis.duplicate()),
});

// Not needed after the handshake, and as much memory as all the rest.
io.engine.on('connection', (raw) => {
    raw.request = null;
});

// --- Whoever is here, or at the other process ---

function tell(id, event, ...words) {
    const person = people.get(id);
    if (person !== undefined) {
        here[event](person, ...words);
    } else if (PROCESSES !== '1') {
        io.serverSideEmit(event, id, ...words);
    }
}

const here = {
    met(person, chat, partner, begun, first) {
        Object.assign(person, { chat, partner, begun, first });
        person.socket.emit('matched', { partnerId: partner, chatId: chat, interests: [] });
    },

    left(person, chat) {
        if (person.chat === chat) {
            person.chat = person.partner = null;
            person.socket.emit('partner_left', { chatId: chat, reason: 'ended' });
        }
    },

    brought(person, chat, message, from, number) {
        if (person.chat === chat) {
            deliver(person, message, () => io.serverSideEmit('confirmed', from, number));
        }
    },
};

function deliver(person, message, confirm) {
    if (CONFIRM === 'sent') {
        person.socket.emit('message', message);
        confirm();
    } else {
        person.socket.emit('message', message, confirm);
    }
}

for (const [event, happen] of Object.entries(here)) {
    io.on(event, (id, ...words) => {
        const person = people.get(id);
        if (person !== undefined) {
            happen(person, ...words);
        }
    });
}

io.on('confirmed', (from, number) => {
    const answer = people.has(from) ? unanswered.get(number) : undefined;
    if (answer !== undefined) {
        unanswered.delete(number);
        answer();
    }
});

// --- What people ask for ---

async function search(person, answer) {
    const id = person.socket.id;
    const chat = randomUUID();
    answer?.({ status: 'waiting' });
    const partner = await queue.search(id, chat);
    if (partner !== null) {
        const begun = Date.now();
        record.put(chat, partner, id, begun, null);
        tell(partner, 'met', chat, id, begun, true);
        tell(id, 'met', chat, partner, begun, false);
    }
}

function leave(person) {
    const { chat, partner, begun, first, socket } = person;
    if (chat === null) {
        return;
    }
    person.chat = person.partner = null;
    queue.end(socket.id, partner);
    record.put(chat, first ? socket.id : partner, first ? partner : socket.id, begun, Date.now());
    tell(partner, 'left', chat);
}

function write(person, payload, answer) {
    const text = payload?.text;
    if (typeof text !== 'string' || text.trim() === '' || text.length > TEXT_MAX || person.chat === null) {
        answer?.({ error: { message: 'Invalid message' } });
        return;
    }
    const { chat, partner } = person;
    const timestamp = Date.now();
    const message = { text, timestamp, id: payload.id, chatId: chat };
    const confirm = () => answer?.({ id: payload.id, timestamp });
    const other = people.get(partner);
    if (other !== undefined) {
        deliver(other, message, confirm);
    } else if (PROCESSES !== '1') {
        unanswered.set(++lastNumber, confirm);
        io.serverSideEmit('brought', partner, chat, message, person.socket.id, lastNumber);
    }
}

io.on('connection', (socket) => {
    const person = { socket, chat: null, partner: null, begun: 0, first: false };
    people.set(socket.id, person);
    socket.on('search', (answer) => search(person, answer));
    socket.on('message', (payload, answer) => write(person, payload, answer));
    socket.on('end_chat', (answer) => {
        leave(person);
        answer?.({ status: 'idle' });
    });
    socket.on('disconnect', () => {
        people.delete(socket.id);
        queue.forget(socket.id);
        leave(person);
    });
});

http.listen(Number(PORT), '127.0.0.1', 4096);
process.once('SIGTERM', () => process.exit(0));
