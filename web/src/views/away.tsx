// away.tsx -- the partner's connection is interrupted; the chat stands.

import { ChatFoot } from '../parts/chat_foot';
import { LeaveButtons } from '../parts/leave_buttons';
import { Room } from '../parts/room';
import type { ViewProps } from './view';

export function away({ conversation, act, texts }: ViewProps) {
    return (
        <Room
            conversation={conversation}
            presence="away"
            actions={<LeaveButtons conversation={conversation} act={act} texts={texts} />}
            foot={
                <>
                    <p className="notice" role="status">
                        {texts.chat.partnerAway}
                    </p>
                    <ChatFoot conversation={conversation} act={act} texts={texts} />
                </>
            }
            act={act}
            texts={texts}
        />
    );
}
