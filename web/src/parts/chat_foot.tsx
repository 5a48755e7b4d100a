// chat_foot.tsx -- what is below a chat that stands: where one writes, and is asked.

import type { ViewProps } from '../views/view';
import { BlockNotice } from './block';
import { Composer } from './composer';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'texts'>;

export function ChatFoot({ conversation, act, texts }: Props) {
    const { chat, armed } = conversation;
    return (
        <>
            <div role="status">
                {armed?.to === 'skip' && (
                    <p className="notice armed">{texts.chat.skipArmed}</p>
                )}
                {armed?.to === 'end' && (
                    <p className="unseen">{texts.buttons.endArmed}</p>
                )}
            </div>
            {chat && <BlockNotice chat={chat} inChat act={act} texts={texts} />}
            <Composer conversation={conversation} act={act} texts={texts} />
        </>
    );
}
