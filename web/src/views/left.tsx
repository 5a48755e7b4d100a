// left.tsx -- the chat is over; what was said stays to be read.

import { hasBlocked, type Ending } from '../conversation';
import { BlockButton, BlockNotice } from '../parts/block';
import { Heading } from '../parts/heading';
import { Menu } from '../parts/menu';
import { RefusalNotice } from '../parts/refusal_notice';
import { Room } from '../parts/room';
import { Wishes } from '../parts/wishes';
import type { Texts } from '../texts';
import type { ViewProps } from './view';

// Reasons that are nobody's choice.
const LOSSES = ['disconnected', 'timeout', 'drained', 'orphaned'];

function endingText(ending: Ending | null | undefined, texts: Texts): string {
    switch (ending?.by) {
        case 'user':
            return texts.ended.user;
        case 'partner':
            return LOSSES.includes(ending.reason)
                ? texts.ended.partnerLost
                : texts.ended.partner;
        default:
            return texts.ended.loss;
    }
}

export function left({ conversation, act, open, texts }: ViewProps) {
    const { chat, nextAt, now } = conversation;
    const seconds = Math.max(0, Math.ceil((nextAt - now) / 1000));
    return (
        <Room
            conversation={conversation}
            presence="gone"
            actions={<Menu conversation={conversation} act={act} open={open} texts={texts} />}
            foot={
                <div className="ended">
                    <div role="status">
                        <Heading level={2} gone={`${chat !== null && hasBlocked(chat)} ${nextAt > 0}`}>
                            {endingText(chat?.ending, texts)}
                        </Heading>
                    </div>
                    {nextAt > 0 && (
                        <p className="notice counting">
                            <span role="timer">{texts.ended.next(seconds)}</span>
                            <button
                                type="button"
                                className="button small"
                                onClick={() => act({ type: 'stayed' })}
                            >
                                {texts.buttons.stay}
                            </button>
                        </p>
                    )}
                    {chat && (
                        <BlockNotice chat={chat} inChat={false} act={act} texts={texts} />
                    )}
                    <RefusalNotice
                        refusal={conversation.refusal}
                        now={conversation.now}
                        texts={texts}
                    />
                    <Wishes conversation={conversation} slim act={act} texts={texts} />
                    <div className="ended-buttons">
                        <button
                            type="button"
                            className="button primary"
                            onClick={() => act({ type: 'searched' })}
                        >
                            {texts.buttons.again}
                        </button>
                        <button
                            type="button"
                            className="button quiet"
                            onClick={() => act({ type: 'ended' })}
                        >
                            {texts.buttons.close}
                        </button>
                        {chat && (
                            <BlockButton
                                chat={chat}
                                label={texts.block.button}
                                act={act}
                                texts={texts}
                            />
                        )}
                    </div>
                </div>
            }
            act={act}
            open={open}
            texts={texts}
        />
    );
}
