// world.ts -- the door to what a browser knows of the world: whether it has a network, and whether
// anybody can see the page.

import type { News } from './page';

// Tells what is so, if it is out of the ordinary, and from then on whatever changes.
export function watchWorld(hear: (news: News) => void): void {
    const see = () => hear({ type: document.hidden ? 'hid' : 'shown' });
    document.addEventListener('visibilitychange', see);
    // A page that comes back from the browser's cache has lost its connection.
    window.addEventListener('pageshow', (event) => event.persisted && see());
    window.addEventListener('offline', () => hear({ type: 'went_offline' }));
    window.addEventListener('online', () => hear({ type: 'came_online' }));
    if (document.hidden) {
        hear({ type: 'hid' });
    }
    if (!navigator.onLine) {
        hear({ type: 'went_offline' });
    }
}
