// wait.mjs -- waits for facts, each with a deadline.

export const DEADLINE_MS = 15_000;
const AGAIN_MS = 10;

// Asks `probe` again and again until it gives something true, and returns that.
export async function until(what, probe, limitMs = DEADLINE_MS) {
    const end = Date.now() + limitMs;
    for (;;) {
        const found = await probe();
        if (found) {
            return found;
        }
        if (Date.now() > end) {
            throw new Error(`Not within ${limitMs} ms: ${what}`);
        }
        await new Promise((again) => setTimeout(again, AGAIN_MS));
    }
}

// The value of a promise, unless that takes too long.
export async function within(what, promise, limitMs = DEADLINE_MS) {
    let alarm;
    const late = new Promise((_, fail) => {
        alarm = setTimeout(() => fail(new Error(`Not within ${limitMs} ms: ${what}`)), limitMs);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(alarm);
    }
}
