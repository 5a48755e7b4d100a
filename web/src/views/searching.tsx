// searching.tsx -- the gateway looks for a partner.

import { undoLeftMs, wasSkipped } from '../conversation';
import { BlockButton, BlockNotice } from '../parts/block';
import { UndoButton } from '../parts/undo_button';
import { Waiting } from '../parts/waiting';
import type { Texts } from '../texts';
import type { ViewProps } from './view';

const SLOW_MS = 15_000;

function numbersText(searching: number | null, texts: Texts): string | undefined {
    if (searching === null) {
        return undefined;
    }
    return searching > 1 ? texts.searching.count(searching) : texts.searching.alone;
}

export function searching({ conversation, act, open, texts }: ViewProps) {
    const { now, since, chat } = conversation;
    const slow = now - since >= SLOW_MS;
    const skipped = wasSkipped(conversation) ? chat : null;
    return (
        <Waiting
            heading={texts.searching.heading}
            lead={slow ? texts.searching.slow : texts.searching.lead}
            numbers={numbersText(conversation.searching, texts)}
            undo={<UndoButton leftMs={undoLeftMs(conversation)} act={act} texts={texts} />}
            block={
                skipped && (
                    <div className="of-last">
                        <BlockButton
                            chat={skipped}
                            label={texts.block.last}
                            act={act}
                            texts={texts}
                        />
                        <BlockNotice chat={skipped} inChat={false} act={act} texts={texts} />
                    </div>
                )
            }
            conversation={conversation}
            act={act}
            open={open}
            texts={texts}
        />
    );
}
