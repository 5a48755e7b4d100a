// socket.ts -- the door to socket.io-client, the only file that imports it.
//
// Turns what the gateway sends into actions and what is to be said into events. An event may
// carry one argument more than its payload, the offset that socket.io-client keeps for itself.

import { io } from 'socket.io-client';
import type { Belief, Refusal, Say } from './conversation';
import type { News } from './page';

type InChat = { chatId: string };
type Answer = { error?: Refusal; id?: string; timestamp?: number } | undefined;

// How long to wait where socket.io-client does not connect again by itself.
const AGAIN_AFTER_S = 3;

// Connects at once and for good. The returned function says one thing to the gateway, or
// nothing at all while there is no connection.
export function openSocket(hear: (news: News) => void): (say: Say) => void {
    const socket = io(import.meta.env.VITE_BACKEND_URL || window.location.origin, {
        path: '/socket.io/',
        transports: ['websocket', 'polling'],
        tryAllTransports: true,
        reconnectionDelay: 500,
        reconnectionDelayMax: 5000,
    });

    function again(seconds: number): void {
        setTimeout(() => socket.connect(), seconds * 1000);
    }

    socket.on('disconnect', (reason) => {
        // What the client kept for the next connection was meant for a partner of this one.
        socket.sendBuffer = [];
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
    socket.on('matched', (p: InChat & { partnerId: string; interests?: string[] }) =>
        hear({
            type: 'matched',
            chatId: p.chatId,
            partnerId: p.partnerId,
            interests: p.interests ?? [],
        }),
    );
    // A partner's client need not name its messages; the page tells them apart by name.
    let unnamed = 0;
    socket.on('message', (p: InChat & { id?: string; text: string; timestamp: number }) => {
        const id = p.id || `unnamed ${++unnamed}`;
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
    socket.on('partner_left', (p: InChat & { reason?: string }) =>
        hear({ type: 'partner_left', chatId: p.chatId, reason: p.reason ?? '' }),
    );
    socket.on('online', (p: { count: number }) => hear({ type: 'online', count: p.count }));
    socket.on('error', (p: Refusal) => hear({ type: 'error', refusal: p }));

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

    return (say) => {
        if (!socket.connected) {
            return;
        }
        switch (say.say) {
            case 'search':
                socket.emit('search', (answer: Answer) => {
                    if (answer?.error) {
                        hear({ type: 'search_refused', refusal: answer.error });
                    }
                });
                break;
            case 'message':
                sayMessage(say);
                break;
            case 'skip':
                socket.emit('skip', { chatId: say.chatId }, (answer: Answer) => {
                    if (answer?.error) {
                        hear({
                            type: 'skip_refused',
                            chatId: say.chatId,
                            refusal: answer.error,
                        });
                    }
                });
                break;
            case 'end_chat':
                // A refusal means that there was nothing to end, which is what was wanted.
                socket.emit('end_chat', say.chatId ? { chatId: say.chatId } : {}, () => {});
                break;
            case 'typing':
                socket.volatile.emit('typing', { on: say.on, chatId: say.chatId });
                break;
        }
    };
}
