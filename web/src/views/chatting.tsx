// chatting.tsx -- two people talk.

import { Composer } from '../parts/composer';
import { LeaveButtons } from '../parts/leave_buttons';
import { Room } from '../parts/room';
import type { ViewProps } from './view';

export function chatting({ conversation, act, texts }: ViewProps) {
    const typing = (conversation.chat?.typingUntil ?? 0) > 0;
    return (
        <Room
            conversation={conversation}
            presence={typing ? 'typing' : 'here'}
            actions={<LeaveButtons act={act} texts={texts} />}
            foot={<Composer conversation={conversation} act={act} texts={texts} />}
            act={act}
            texts={texts}
        />
    );
}
