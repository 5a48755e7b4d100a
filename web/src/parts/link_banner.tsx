// link_banner.tsx -- says that there is no connection, while there is none.

import { isSilent, type Conversation } from '../conversation';
import type { Texts } from '../texts';
import type { ViewProps } from '../views/view';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'texts'> & { inChat: boolean };

function bannerText(link: Conversation['link'], inChat: boolean, texts: Texts): string {
    if (link === 'offline') {
        return inChat ? texts.link.offlineInChat : texts.link.offline;
    }
    return inChat ? texts.link.lostInChat : texts.link.lost;
}

// The element is always there: a live region tells only what changes inside it. A chat that
// comes back with the page is there in a moment, mostly; that is said to whoever waits longer.
export function LinkBanner({ conversation, inChat, act, texts }: Props) {
    const { link, state } = conversation;
    const silent = isSilent(conversation) && state !== 'elsewhere';
    const isDown = link === 'lost' || link === 'offline';
    return (
        <div className="banner" role="status">
            {silent && (
                <p>
                    {texts.link.silent}{' '}
                    <button type="button" onClick={() => act({ type: 'called' })}>
                        {texts.buttons.call}
                    </button>
                </p>
            )}
            {!silent && isDown && <p>{bannerText(link, inChat, texts)}</p>}
            {!silent && link === 'opening' && inChat && (
                <p className="late">{texts.link.opening}</p>
            )}
        </div>
    );
}
