// away.tsx -- the partner's connection is interrupted; the chat stands.

import { awayLeftMs } from '../conversation';
import { ChatFoot } from '../parts/chat_foot';
import { LeaveButtons } from '../parts/leave_buttons';
import { Room } from '../parts/room';
import type { ViewProps } from './view';

export function away({ conversation, act, open, texts }: ViewProps) {
    const seconds = Math.ceil(awayLeftMs(conversation) / 1000);
    return (
        <Room
            conversation={conversation}
            presence="away"
            actions={
                <LeaveButtons conversation={conversation} act={act} open={open} texts={texts} />
            }
            foot={
                <>
                    <p className="notice counting">
                        <span role="status">{texts.chat.partnerAway}</span>
                        <span className="wait" aria-hidden="true">
                            {seconds > 0 ? texts.chat.awayFor(seconds) : texts.chat.awayLong}
                        </span>
                    </p>
                    <ChatFoot conversation={conversation} act={act} texts={texts} />
                </>
            }
            act={act}
            open={open}
            texts={texts}
        />
    );
}
