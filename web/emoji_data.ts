// emoji_data.ts -- emoji for the picker, made when the page is built: `virtual:emoji/en` and the
// like hold of emojibase's table only what the picker needs, in its order.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const NAME = 'virtual:emoji/';
const COMPONENTS = 2; // The group of what is no emoji by itself, such as tones of skin.

type Entry = { unicode: string; label: string; tags?: string[]; group?: number; order?: number };

// [sign, words to find it by] of each group.
function emojiOf(language: string): [string, string][][] {
    const require = createRequire(import.meta.url);
    const path = require.resolve(`emojibase-data/${language}/compact.json`);
    if (!existsSync(path)) {
        throw new Error(`emojibase has no ${language}`);
    }
    const entries = JSON.parse(readFileSync(path, 'utf8')) as Entry[];
    const groups: [string, string][][] = Array.from({ length: 10 }, () => []);
    for (const { unicode, label, tags = [], group } of entries.sort(byOrder)) {
        if (group !== undefined && group !== COMPONENTS) {
            groups[group]!.push([unicode, [label, ...tags].join(' ').toLowerCase()]);
        }
    }
    return groups;
}

const byOrder = (one: Entry, other: Entry) => (one.order ?? 0) - (other.order ?? 0);

export function emojiData(): Plugin {
    return {
        name: 'emoji-data',
        resolveId: (id) => (id.startsWith(NAME) ? `\0${id}` : undefined),
        load(id) {
            if (!id.startsWith(`\0${NAME}`)) {
                return undefined;
            }
            const groups = emojiOf(id.slice(NAME.length + 1));
            return `export default JSON.parse(${JSON.stringify(JSON.stringify(groups))});`;
        },
    };
}
