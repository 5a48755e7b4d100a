// app.tsx -- shows the view of the state the conversation is in.

import { useEffect, useState, useSyncExternalStore, type ReactElement } from 'react';
import { useAttention } from './attention';
import type { State } from './conversation';
import { useKeys } from './keys';
import type { Page } from './page';
import { LinkBanner } from './parts/link_banner';
import { Sheets } from './sheets';
import type { Sheet } from './sheets/sheet_name';
import { chooseLanguage, loadTexts, type Texts } from './texts';
import { followTheme } from './theme';
import { away } from './views/away';
import { chatting } from './views/chatting';
import { connecting } from './views/connecting';
import { elsewhere } from './views/elsewhere';
import { idle } from './views/idle';
import { left } from './views/left';
import { searching } from './views/searching';
import type { ViewProps } from './views/view';
import { welcome } from './views/welcome';

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

// The texts of the language that is wanted, as soon as they are there.
function useTexts(wanted: string, first: Texts): Texts {
    const [texts, setTexts] = useState(first);
    useEffect(() => {
        let current = true;
        const language = wanted || chooseLanguage(navigator.languages);
        void loadTexts(language).then((loaded) => current && setTexts(loaded));
        return () => void (current = false);
    }, [wanted]);
    useEffect(() => {
        document.documentElement.lang = texts.language;
        document.documentElement.dir = texts.direction;
    }, [texts]);
    return texts;
}

export function App({ page, firstTexts }: { page: Page; firstTexts: Texts }) {
    const conversation = useSyncExternalStore(page.subscribe, page.read);
    const preferences = useSyncExternalStore(page.subscribe, page.preferences);
    const [sheet, open] = useState<Sheet | null>(null);
    const texts = useTexts(preferences.language, firstTexts);
    const { act, prefer } = page;
    const { state } = conversation;
    const isNew = !preferences.welcomed && (state === 'opening' || state === 'idle');
    const view = isNew ? welcome : views[state];

    useEffect(() => followTheme(preferences.theme), [preferences.theme]);
    useAttention(conversation, preferences, texts);
    useKeys({ act, open });

    const props: ViewProps = { conversation, preferences, act, prefer, open, texts };
    return (
        <div className="page">
            <LinkBanner
                conversation={conversation}
                inChat={state === 'chatting' || state === 'away'}
                act={act}
                texts={texts}
            />
            {view(props)}
            <Sheets sheet={sheet} {...props} />
        </div>
    );
}
