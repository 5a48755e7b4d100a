// compressed.ts -- beside each file of the built page that a browser loads, the same with gzip, which
// the gateway sends to who takes it.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const WORTH_IT = /\.(js|css|html|svg)$/;

export function compressed(): Plugin {
    let folder = '';
    return {
        name: 'compressed',
        apply: 'build',
        configResolved: (config) => void (folder = resolve(config.root, config.build.outDir)),
        closeBundle() {
            for (const name of readdirSync(folder, { recursive: true }) as string[]) {
                if (WORTH_IT.test(name)) {
                    const path = join(folder, name);
                    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
                }
            }
        },
    };
}
