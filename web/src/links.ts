// links.ts -- the door to linkify-it: which parts of a text are addresses of pages.
//
// The library is fetched when the first text comes that may hold one. Only http and https count:
// nothing that a stranger writes starts a program.

import type { LinkifyIt } from 'linkify-it';

// A text, or an address with the text that stands for it.
export type Piece = string | { text: string; url: string };

let finder: LinkifyIt | null = null;
let coming: Promise<void> | null = null;

// Most texts hold none, and need no library to know it.
export const mayHoldLink = (text: string) => /[^\s.][.:][^\s.:]/u.test(text);

export const canFind = () => finder !== null;

export function loadFinder(): Promise<void> {
    coming ??= import('linkify-it').then(
        ({ LinkifyIt }) => {
            finder = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false });
            finder.add('ftp:', null).add('mailto:', null).add('//', null);
        },
        () => {
            coming = null; // The next text tries again.
        },
    );
    return coming;
}

// As a browser would open it: another alphabet in a host's name shows as punycode.
function addressOf(url: string): string | null {
    try {
        const { protocol, href } = new URL(url);
        return protocol === 'http:' || protocol === 'https:' ? href : null;
    } catch {
        return null;
    }
}

// The text in pieces; one piece until the library is there.
export function piecesOf(text: string): Piece[] {
    const pieces: Piece[] = [];
    let end = 0;
    for (const { index, lastIndex, url } of finder?.match(text) ?? []) {
        const address = addressOf(url);
        if (address !== null) {
            pieces.push(text.slice(end, index), { text: text.slice(index, lastIndex), url: address });
            end = lastIndex;
        }
    }
    return [...pieces, text.slice(end)].filter((piece) => piece !== '');
}
