// chat_foot.tsx -- what is below a chat that stands: where one writes, and is asked.

import type { ViewProps } from '../views/view';
import { BlockNotice } from './block';
import { Composer } from './composer';

export function ChatFoot({ conversation, act, texts }: ViewProps) {
    const { chat } = conversation;
    return (
        <>
            {chat && <BlockNotice chat={chat} inChat act={act} texts={texts} />}
            <Composer conversation={conversation} act={act} texts={texts} />
        </>
    );
}
