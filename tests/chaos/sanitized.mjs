// sanitized.mjs -- whether the build under test is slowed down by sanitizers.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const build = resolve(process.env.BUILD_DIR ?? '.local/build/plain');

export const isSanitized = /__(asan|tsan)_init/.test(
    readFileSync(join(build, 'gateway', 'gateway'), 'latin1'),
);
