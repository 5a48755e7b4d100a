// random_id.ts -- names that nobody else has.

// 96 random bits. crypto.randomUUID is missing where the page is served without TLS.
export function makeId(): string {
    return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
        byte.toString(16).padStart(2, '0'),
    ).join('');
}
