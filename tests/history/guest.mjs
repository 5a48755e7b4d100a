// guest.mjs -- one connection of a user, by hand: Socket.IO over a WebSocket. Several requests can go
// out in one write, and it can be cut at any moment.

import { WebSocket } from '../protocol/websocket.mjs';
import { within } from '../system/wait.mjs';

const TARGET = '/socket.io/?EIO=4&transport=websocket';
const CONNECT_MOST_MS = 30_000;

export class Guest {
    #socket;
    #ears;
    #auth;
    #answers = new Map();
    #next = 0;
    #tellConnected;

    // Somebody whose CONNECT has been answered. `ears` are told, in the order of what has come:
    // accepted (token), event (name, payload, offset), unasked (answer), ended ().
    static async arrive(port, auth, ears) {
        const guest = new Guest();
        guest.#ears = ears;
        guest.#auth = auth;
        const connected = new Promise((tell) => (guest.#tellConnected = tell));
        guest.#socket = await WebSocket.open(port, TARGET);
        guest.#listen();
        if (!await within('an answer to CONNECT', connected, CONNECT_MOST_MS)) {
            throw new Error('the connection was not let in');
        }
        return guest;
    }

    #listen() {
        const { heard, line } = this.#socket;
        this.#socket.onMessage = () => heard.splice(0).forEach((packet) => this.#hear(packet));
        line.socket.once('close', () => this.#end());
        this.#socket.onMessage();
        if (line.ended) {
            this.#end();
        }
    }

    #end() {
        this.#tellConnected(false);
        this.#ears.ended();
        this.#answers.forEach((hear) => hear(null));
        this.#answers.clear();
    }

    #hear(packet) {
        if (packet === '2') {
            this.#socket.send('3');
        } else if (packet.startsWith('0')) {
            this.#socket.send(`40${JSON.stringify(this.#auth)}`);
        } else if (packet.startsWith('40')) {
            this.#ears.accepted(JSON.parse(packet.slice(2)).pid);
            this.#tellConnected(true);
        } else if (packet.startsWith('42')) {
            this.#ears.event(...JSON.parse(packet.slice(2)));
        } else if (packet.startsWith('43')) {
            const [, id, answer] = /^43(\d+)(.*)$/s.exec(packet);
            (this.#answers.get(Number(id)) ?? this.#ears.unasked)(JSON.parse(answer)[0]);
        } else if (packet.startsWith('44') || packet.startsWith('41')) {
            this.cut();
        }
    }

    // Asks for all of it in one write. A request is {event, payload, hear}; `hear` gets the answer, and
    // null at the end of the connection.
    ask(requests) {
        const packets = requests.map(({ event, payload, hear }) => {
            const id = this.#next++;
            this.#answers.set(id, hear);
            return `42${id}${JSON.stringify(payload ? [event, payload] : [event])}`;
        });
        this.#socket.send(...packets);
    }

    // A clean good-bye.
    leave() {
        this.#socket.send('41');
        this.#socket.line.socket.end();
    }

    // The connection ends without a word.
    cut() {
        this.#socket.cut();
    }
}
