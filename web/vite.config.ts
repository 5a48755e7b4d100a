import { defineConfig } from 'vitest/config';
import { compressed } from './compressed';
import { emojiData } from './emoji_data';

export default defineConfig({
    plugins: [emojiData(), compressed()],
    build: {
        target: 'es2020',
        // Nothing inline: the page lives under a Content-Security-Policy of 'self'.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rollupOptions: {
            // Libraries that say something to other bundlers.
            onwarn: (warning, warn) =>
                ['MODULE_LEVEL_DIRECTIVE', 'INVALID_ANNOTATION'].includes(warning.code ?? '')
                || warn(warning),
        },
    },
    server: {
        proxy: { '/socket.io': { target: 'http://localhost:3000', ws: true } },
    },
    test: { environment: 'node' },
});
