// store.ts -- the door to what a browser keeps for the page.
//
// It may forbid that, or be full: then what is not kept is not there the next time, and the page
// works without.

export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

// window.sessionStorage or window.localStorage, or null where the browser forbids it.
export function openStore(choose: () => Store): Store | null {
    try {
        return choose();
    } catch {
        return null;
    }
}

// The text that was kept last under that key, or null.
export function fetchText(store: Store | null, key: string): string | null {
    try {
        return store?.getItem(key) ?? null;
    } catch {
        return null;
    }
}

// Keeps the text in place of the last one; null removes it. A store that is full keeps the last
// one.
export function keepText(store: Store | null, key: string, text: string | null): void {
    try {
        if (text === null) {
            store?.removeItem(key);
        } else {
            store?.setItem(key, text);
        }
    } catch {
        // The page works without.
    }
}
