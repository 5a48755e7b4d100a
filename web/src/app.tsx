// app.tsx -- shows the view of the state the conversation is in.

import { useEffect, useSyncExternalStore, type ReactElement } from 'react';
import type { State } from './conversation';
import type { Page } from './page';
import { LinkBanner } from './parts/link_banner';
import type { Texts } from './texts';
import { away } from './views/away';
import { chatting } from './views/chatting';
import { connecting } from './views/connecting';
import { elsewhere } from './views/elsewhere';
import { idle } from './views/idle';
import { left } from './views/left';
import { searching } from './views/searching';
import type { ViewProps } from './views/view';

// Views are plain functions, not components: two that begin with the same part keep it, so a
// transcript stays where it was read when the chat ends.
const views: Record<State, (props: ViewProps) => ReactElement> = {
    opening: idle,
    idle,
    connecting,
    searching,
    chatting,
    away,
    left,
    elsewhere,
};

export function App({ page, texts }: { page: Page; texts: Texts }) {
    const conversation = useSyncExternalStore(page.subscribe, page.read);
    const { state, link } = conversation;

    useEffect(() => {
        document.title = texts.name;
    }, [texts]);

    return (
        <div className="page">
            <LinkBanner
                link={link}
                inChat={state === 'chatting' || state === 'away'}
                texts={texts}
            />
            {views[state]({ conversation, act: page.act, texts })}
        </div>
    );
}
