// away.tsx -- the partner's connection is interrupted; the chat stands.

import { Composer } from '../parts/composer';
import { LeaveButtons } from '../parts/leave_buttons';
import { Room } from '../parts/room';
import type { ViewProps } from './view';

export function away({ conversation, act, texts }: ViewProps) {
    return (
        <Room
            conversation={conversation}
            presence="away"
            actions={<LeaveButtons act={act} texts={texts} />}
            foot={
                <>
                    <p className="notice" role="status">
                        {texts.chat.partnerAway}
                    </p>
                    <Composer conversation={conversation} act={act} texts={texts} />
                </>
            }
            act={act}
            texts={texts}
        />
    );
}
