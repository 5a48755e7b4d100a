// chatting.tsx -- two people talk.

import { ChatFoot } from '../parts/chat_foot';
import { LeaveButtons } from '../parts/leave_buttons';
import { Room } from '../parts/room';
import type { ViewProps } from './view';

export function chatting({ conversation, act, open, texts }: ViewProps) {
    const typing = (conversation.chat?.typingUntil ?? 0) > 0;
    return (
        <Room
            conversation={conversation}
            presence={typing ? 'typing' : 'here'}
            actions={
                <LeaveButtons conversation={conversation} act={act} open={open} texts={texts} />
            }
            foot={<ChatFoot conversation={conversation} act={act} texts={texts} />}
            act={act}
            open={open}
            texts={texts}
        />
    );
}
