// chance.mjs -- chance that can be repeated: everything follows from a seed.

export class Chance {
    constructor(seed) {
        this.state = seed >>> 0;
    }

    // A number from 0 up to, not including, `most` (mulberry32).
    below(most) {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) % most;
    }

    // True once in so many times.
    once(inSoMany) {
        return this.below(inSoMany) === 0;
    }

    of(list) {
        return list[this.below(list.length)];
    }

    some(most, make) {
        return Array.from({ length: this.below(most + 1) }, make);
    }

    bytes(most) {
        return Buffer.from(this.some(most, () => this.below(256)));
    }

    // The bytes, spoilt in a few places.
    spoil(bytes) {
        let spoilt = Buffer.from(bytes);
        for (let i = this.below(4); i >= 0; i--) {
            const at = this.below(spoilt.length + 1);
            const [front, back] = [spoilt.subarray(0, at), spoilt.subarray(at)];
            const piece = spoilt.subarray(at, at + this.below(40));
            spoilt = [
                () => Buffer.concat([front, this.bytes(8), back]),
                () => Buffer.concat([front, back.subarray(this.below(20))]),
                () => Buffer.concat([front, piece, piece, back]),
                () => front,
                () => Buffer.concat([front, Buffer.from(this.of(SPLINTERS), 'latin1'), back]),
                () => {
                    spoilt[at % spoilt.length] ^= 1 << this.below(8);
                    return spoilt;
                },
            ][this.below(6)]();
            if (spoilt.length === 0) {
                return Buffer.from('\0');
            }
        }
        return spoilt;
    }

    // The bytes in a few pieces.
    cut(bytes) {
        const places = this.some(4, () => this.below(bytes.length + 1)).sort((a, b) => a - b);
        return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
    }
}

const SPLINTERS = [
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\0',
    '\x1e',
    ':',
    ' ',
    '%',
    '%00',
    '%zz',
    '&sid=',
    '&transport=',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Upgrade: h2c\r\n',
    '\xff',
    '\xf0\x9f',
    '{',
    '[[[[',
    '"',
    '\\u0000',
    '\\ud800',
    '4',
    '40',
    '42',
    '45',
    '2probe',
    'b',
    '=',
    '-',
    '/custom,',
    '99999999999999999999',
];
