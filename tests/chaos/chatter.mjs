// chatter.mjs -- somebody who chats all the time, with an unmodified socket.io-client that connects
// again by itself, and notes all that is done and seen.
//
// Whatever has no answer when the connection is lost is said again, under the same id, once the
// chat is known to stand. A seed makes the decisions: how long a chat is to last, and how it ends.

import { Chance } from '../protocol/chance.mjs';
import { requireClient } from '../protocol/server.mjs';

const { io } = requireClient('socket.io-client');

const UNDER_WAY_MOST = 20; // Texts of one person that may wait for delivery at once.
const PAUSE_MS = 200; // Between two deeds; and up to as much and a half again.
const PATIENCE = 5; // Texts in a chat before one thinks of leaving it; and up to ten times as many.

function seedOf(...words) {
    return [...words.join(' ')].reduce((sum, sign) => Math.imul(sum ^ sign.charCodeAt(0), 16777619),
        2166136261);
}

export class Chatter {
    state = 'away'; // Or idle, searching, chatting, as it was told.
    chat = null; // {id, written, patience, way}
    #chats = 0;
    #pending = []; // {text, id}: written, in order, and not answered.
    #parting = null; // {event, chat}: a chat that is left, until that is answered.
    #rests = false;
    #timer;
    #note;

    // Who `stays` leaves no chat by themselves.
    constructor({ name, url, seed, history, stays = false }) {
        Object.assign(this, { name, seed, stays });
        this.#note = (kind, more) => history.note(kind, { who: name, ...more });
        this.pace = new Chance(seedOf(seed, name));
        this.socket = io(url, {
            transports: ['websocket'],
            forceNew: true,
            reconnectionDelay: 200,
            reconnectionDelayMax: 1000,
            randomizationFactor: 0.5,
            extraHeaders: { 'X-Forwarded-For': `10.1.${seedOf(name) & 255}.${this.pace.below(255)}` },
        });
        this.#note('came');
        this.#listen();
        this.#later();
    }

    #listen() {
        const { socket } = this;
        // Whoever is sent away by a word of the server has to ask again by oneself.
        const retry = () => setTimeout(() => this.state !== 'gone' && socket.connect(), 500);
        socket.on('disconnect', (why) => {
            if (this.state === 'gone') {
                return;
            }
            this.state = 'away';
            this.#note('lost', { why });
            if (!socket.active) {
                retry();
            }
        });
        socket.on('connect_error', () => socket.active || this.state === 'gone' || retry());
        socket.on('state', (what) => this.#onState(what));
        socket.on('matched', ({ chatId }) => this.#onMatched(chatId));
        socket.on('message', ({ text, chatId }) => this.#note('heard', { chat: chatId, text }));
        socket.on('partner_left', ({ chatId, reason }) => this.#onPartnerLeft(chatId, reason));
        socket.on('partner_away', ({ chatId }) => this.#note('partner away', { chat: chatId }));
        socket.on('partner_back', ({ chatId }) => this.#note('partner back', { chat: chatId }));
        socket.on('error', ({ code }) => this.#note('error', { code }));
    }

    // --- What is heard ---

    #onState({ state, chatId }) {
        this.#note('connected', { state, chat: chatId, recovered: this.socket.recovered });
        this.state = state;
        if (state === 'chatting' && chatId === this.#parting?.chat) {
            this.#part();
            return;
        }
        this.#parting = null;
        if (state !== 'chatting') {
            this.#forget();
        } else if (chatId === this.chat?.id) {
            this.#pending.forEach((message) => this.#send(message));
        } else {
            this.#enter(chatId);
        }
    }

    #onMatched(chatId) {
        if (chatId !== this.chat?.id) {
            this.#note('matched', { chat: chatId });
            this.#enter(chatId);
        }
    }

    #onPartnerLeft(chatId, reason) {
        this.#note('told', { chat: chatId, reason });
        if (chatId === this.chat?.id) {
            this.#forget();
            this.state = 'idle';
        }
    }

    #enter(id) {
        const chance = new Chance(seedOf(this.seed, this.name, this.#chats++));
        const patience = this.stays ? Infinity : PATIENCE + chance.below(10 * PATIENCE);
        this.chat = { id, written: 0, patience, way: chance.of(['skip', 'skip', 'end_chat']) };
        this.#pending = [];
        this.state = 'chatting';
    }

    #forget() {
        this.chat = null;
        this.#pending = [];
    }

    // --- What is done ---

    #later() {
        const wait = PAUSE_MS + this.pace.below(1.5 * PAUSE_MS);
        this.#timer = setTimeout(() => {
            if (!this.#rests) {
                this.#act();
            }
            this.#later();
        }, wait);
    }

    #act() {
        if (this.state === 'idle' && !this.#parting) {
            this.#search();
        } else if (this.state === 'chatting' && this.chat) {
            if (this.chat.written >= this.chat.patience) {
                this.#leave(this.chat.way);
            } else if (this.#pending.length < UNDER_WAY_MOST) {
                this.#write();
            }
        }
    }

    #search() {
        this.#note('searched');
        this.state = 'searching';
        this.socket.emit('search', ({ error }) => {
            if (error && this.state === 'searching') {
                this.state = 'idle';
            }
        });
    }

    #write() {
        const number = this.chat.written++;
        const text = `${this.name} ${number} in ${this.chat.id}`;
        const message = { text, id: `${this.name}-${number}`, chatId: this.chat.id };
        this.#note('wrote', { chat: this.chat.id, text });
        this.#pending.push(message);
        this.#send(message);
    }

    #send(message) {
        this.socket.emit('message', message, ({ error }) => {
            const { text } = message;
            this.#note(...(error ? ['refused', { text, code: error.code }] : ['acked', { text }]));
            this.#pending = this.#pending.filter((other) => other !== message);
        });
    }

    #leave(event) {
        this.#note('left', { chat: this.chat.id, how: event });
        this.#parting = { event, chat: this.chat.id };
        this.#forget();
        this.#part();
    }

    #part() {
        const { event, chat } = this.#parting;
        const parting = this.#parting;
        this.state = event === 'skip' ? 'searching' : 'idle';
        if (event === 'skip') {
            this.#note('searched');
        }
        this.socket.emit(event, { chatId: chat }, ({ error }) => {
            if (this.#parting === parting) {
                this.#parting = null;
            }
            if (error && this.state === 'searching') {
                this.state = 'idle';
            }
        });
    }

    // --- For the end of a test ---

    // Nothing new is begun from now on.
    rest() {
        this.#rests = true;
    }

    get isBack() {
        return this.state !== 'away';
    }

    // Whether nothing is on its way.
    get isSettled() {
        return this.isBack && this.#pending.length === 0 && !this.#parting;
    }

    // Ends what there is: a chat, or a search.
    end() {
        if (this.chat && this.state === 'chatting') {
            this.#leave('end_chat');
        } else if (this.state === 'searching') {
            this.#note('withdrew');
            this.state = 'idle';
            this.socket.emit('end_chat');
        }
    }

    go() {
        clearTimeout(this.#timer);
        if (this.chat) {
            this.#note('left', { chat: this.chat.id, how: 'disconnect' });
        }
        this.#note('went');
        this.state = 'gone';
        this.socket.disconnect();
    }
}
