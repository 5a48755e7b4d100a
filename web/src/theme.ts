// theme.ts -- day or night: what the user has chosen, or what the system says, now and later.

import type { Theme } from './preferences';

// The colour of the browser's own bars, as in style.css.
const GROUND = { light: '#f4f1ea', dark: '#101615' };

// Returns what ends it.
export function followTheme(theme: Theme): () => void {
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    const follow = () => {
        const dark = theme === 'system' ? system.matches : theme === 'dark';
        const shown = dark ? 'dark' : 'light';
        document.documentElement.dataset.theme = shown;
        document.querySelectorAll('meta[name="theme-color"]').forEach((meta) =>
            meta.setAttribute('content', GROUND[shown]));
    };
    follow();
    system.addEventListener('change', follow);
    return () => system.removeEventListener('change', follow);
}
