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
    },
    server: {
        proxy: { '/socket.io': { target: 'http://localhost:3000', ws: true } },
    },
    test: { environment: 'node' },
});
