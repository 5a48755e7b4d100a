// link_banner.tsx -- says that there is no connection, while there is none.

import type { Link } from '../conversation';
import type { Texts } from '../texts';

// The element is always there: a live region tells only what changes inside it. A chat that
// comes back with the page is there in a moment, mostly; that is said to whoever waits longer.
export function LinkBanner({
    link,
    inChat,
    texts,
}: {
    link: Link;
    inChat: boolean;
    texts: Texts;
}) {
    return (
        <div className="banner" role="status">
            {link === 'lost' && <p>{inChat ? texts.link.lostInChat : texts.link.lost}</p>}
            {link === 'opening' && inChat && <p className="late">{texts.link.opening}</p>}
        </div>
    );
}
