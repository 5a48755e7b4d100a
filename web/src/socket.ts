// socket.ts -- the door to socket.io-client, the only file that imports it.
//
// Turns what the gateway sends into actions and what is to be said into events. An event may
// carry one argument more than its payload, the offset that socket.io-client keeps for itself.

import { io, type Socket as Client } from 'socket.io-client';
import type { Belief, Refusal, Say } from './conversation';
import type { Token } from './memory';
import type { News } from './page';
import type { Wish } from './wish';

export type Socket = {
    // Says one thing to the gateway, or nothing at all while there is no connection; `arrive`
    // makes one, as a new user, and `call` as the same.
    say: (say: Say) => void;
    // What lets this user resume, once the gateway has given it.
    token: () => Token | null;
};

type InChat = { chatId: string };
type Answer = { error?: Refusal; id?: string; timestamp?: number } | undefined;

// How long to wait where socket.io-client does not connect again by itself.
const AGAIN_AFTER_S = 3;

// A connection on which nothing has been answered for this long is dead.
const DEAD_AFTER_MS = 5000;

// The error that a gateway sends before it puts out whoever is here in another tab now.
const TAKEN_OVER = 'taken_over';

// Where socket.io-client keeps its user's token. It has no option to begin with one. A CONNECT
// packet could carry one as `auth`, but the client would not know of it: it would take the
// recovered user for a new one, and `auth` would go on to overrule what it learns later. With
// these two set before it connects, all of its own logic holds from the first connection on.
// They are private: a version that has renamed them begins with a new user.
type Recovery = { _pid?: string; _lastOffset?: string };

function recoveryOf(socket: Client): Recovery {
    return socket as unknown as Recovery;
}

// What goes out of a wish: no language is any language.
const wished = ({ interests, language }: Wish) =>
    language === '' ? { interests } : { interests, language };

// Connects at once and for good, from the browser of that name, as the user whom the token names if
// the gateway still knows it.
export function openSocket(
    hear: (news: News) => void,
    browser: string,
    token: Token | null,
): Socket {
    const socket = io(import.meta.env.VITE_BACKEND_URL || window.location.origin, {
        path: '/socket.io/',
        transports: ['websocket', 'polling'],
        tryAllTransports: true,
        autoConnect: false,
        // The client adds its token to this, if it has one.
        auth: { browser },
        // A gateway that is restarted closes all its connections at once, and another one is
        // ready: its people come back within half a second, but spread over that time, and do
        // not wait long to try again, as the recovery window counts from the first loss.
        reconnectionDelay: 300,
        randomizationFactor: 0.5,
        reconnectionDelayMax: 3000,
    });
    const recovery = recoveryOf(socket);
    recovery._pid = token?.pid;
    recovery._lastOffset = token?.offset;
    let takenOver = false;

    function again(seconds: number): void {
        setTimeout(() => socket.connect(), seconds * 1000);
    }

    socket.on('disconnect', (reason) => {
        // What the client kept for the next connection was meant for a partner of this one.
        socket.sendBuffer = [];
        if (takenOver) {
            // To come back with this token would put out the other tab in turn.
            recovery._pid = undefined;
            recovery._lastOffset = undefined;
            socket.disconnect();
            hear({ type: 'taken_over' });
            return;
        }
        hear({ type: 'lost' });
        if (reason === 'io server disconnect') {
            again(AGAIN_AFTER_S);
        }
    });
    socket.on('connect_error', (error: Error & { data?: Partial<Refusal> }) => {
        hear({ type: 'lost' });
        if (!socket.active) {
            hear({ type: 'error', refusal: { ...error.data, message: error.message } });
            again(error.data?.retryAfter ?? AGAIN_AFTER_S);
        }
    });

    socket.on('state', (p: Partial<InChat> & { state: Belief; partnerId?: string }) =>
        hear({
            type: 'state',
            state: p.state,
            chatId: p.chatId ?? '',
            partnerId: p.partnerId ?? '',
        }),
    );
    socket.on('waiting', (p: { waitedMs: number; searching: number }) =>
        hear({ type: 'waiting', waitedMs: p.waitedMs, searching: p.searching }),
    );
    socket.on('search_timeout', (p: { waitedMs: number }) =>
        hear({ type: 'search_timeout', waitedMs: p.waitedMs }),
    );
    type Match = InChat & { partnerId: string; interests?: string[]; again?: string };
    socket.on('matched', (p: Match) =>
        hear({
            type: 'matched',
            chatId: p.chatId,
            partnerId: p.partnerId,
            interests: p.interests ?? [],
            again: p.again,
        }),
    );
    // A partner's client need not name its messages; the page tells them apart by name, also
    // from those that it remembers.
    let unnamed = 0;
    type Spoken = InChat & { id?: string; text: string; timestamp: number };
    socket.on('message', (p: Spoken, offset?: string) => {
        const id = p.id || `unnamed ${p.timestamp} ${offset ?? ++unnamed}`;
        hear({
            type: 'message',
            chatId: p.chatId,
            id,
            text: p.text,
            timestamp: p.timestamp,
        });
    });
    socket.on('typing', (p: InChat & { on: boolean }) =>
        hear({ type: 'typing', chatId: p.chatId, on: p.on }),
    );
    socket.on('partner_away', (p: InChat) =>
        hear({ type: 'partner_away', chatId: p.chatId }),
    );
    socket.on('partner_back', (p: InChat) =>
        hear({ type: 'partner_back', chatId: p.chatId }),
    );
    socket.on('partner_left', (p: Partial<InChat> & { reason?: string }) =>
        hear({ type: 'partner_left', chatId: p.chatId ?? '', reason: p.reason ?? '' }),
    );
    socket.on('online', (p: { count: number }) => hear({ type: 'online', count: p.count }));
    socket.on('error', (p: Refusal) => {
        if (p.code === TAKEN_OVER) {
            takenOver = true;
        } else {
            hear({ type: 'error', refusal: p });
        }
    });

    // Says what is answered; hears what a refusal comes to.
    function ask(
        event: string,
        payload: object,
        refused: (refusal: Refusal) => News,
        granted = () => {},
    ): void {
        socket.emit(event, payload, (answer: Answer) => {
            if (answer?.error) {
                hear(refused(answer.error));
            } else {
                granted();
            }
        });
    }

    function sayMessage({ chatId, id, text }: Extract<Say, { say: 'message' }>): void {
        socket.emit('message', { text, id, chatId }, (answer: Answer) => {
            if (answer?.error) {
                hear({ type: 'undelivered', chatId, id, refusal: answer.error });
            } else {
                hear({
                    type: 'delivered',
                    chatId,
                    id,
                    timestamp: answer?.timestamp ?? Date.now(),
                });
            }
        });
    }

    // To disconnect without a connection says nothing to the gateway, and ends all waiting; to
    // close a connection that nobody answers on leaves the user to come back.
    function call(): void {
        if (socket.connected) {
            socket.io.engine.close();
        } else {
            socket.disconnect();
            socket.connect();
        }
    }

    // Asks what is always answered and changes nothing: in a chat an undo is refused, a search that
    // is on goes on, and who rests has nothing to end.
    function probe({ chatId, wish }: Extract<Say, { say: 'probe' }>): void {
        const asked = socket.io.engine;
        const answered = (error: Error | null) => {
            if (error && socket.connected && socket.io.engine === asked) {
                asked.close();
            }
        };
        const ask = socket.timeout(DEAD_AFTER_MS);
        if (chatId) {
            ask.emit('undo', { chatId }, answered);
        } else if (wish) {
            ask.emit('search', wished(wish), answered);
        } else {
            ask.emit('end_chat', {}, answered);
        }
    }

    function say(say: Say): void {
        if (say.say === 'arrive') {
            takenOver = false;
            socket.connect();
        }
        if (say.say === 'call') {
            call();
        }
        if (!socket.connected) {
            return;
        }
        switch (say.say) {
            case 'probe':
                probe(say);
                break;
            case 'search':
                ask('search', wished(say.wish), (refusal) => ({
                    type: 'search_refused',
                    refusal,
                }));
                break;
            case 'message':
                sayMessage(say);
                break;
            case 'skip':
                ask('skip', { chatId: say.chatId, ...wished(say.wish) }, (refusal) => ({
                    type: 'skip_refused',
                    chatId: say.chatId,
                    refusal,
                }));
                break;
            case 'undo':
                ask('undo', { chatId: say.chatId }, (refusal) => ({
                    type: 'undo_refused',
                    chatId: say.chatId,
                    refusal,
                }));
                break;
            case 'block':
                ask(
                    'block',
                    { chatId: say.chatId },
                    (refusal) => ({ type: 'block_refused', chatId: say.chatId, refusal }),
                    () => hear({ type: 'block_noted', chatId: say.chatId }),
                );
                break;
            case 'end_chat':
                // A refusal means that there was nothing to end, which is what was wanted.
                socket.emit('end_chat', say.chatId ? { chatId: say.chatId } : {}, () => {});
                break;
            case 'typing':
                socket.volatile.emit('typing', { on: say.on, chatId: say.chatId });
                break;
        }
    }

    socket.connect();
    return {
        say,
        token: () =>
            recovery._pid === undefined
                ? null
                : { pid: recovery._pid, offset: recovery._lastOffset },
    };
}
