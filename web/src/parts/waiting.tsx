// waiting.tsx -- the shared look of connecting and searching.

import type { ReactNode } from 'react';
import { hasBlocked } from '../conversation';
import { spanText } from '../texts';
import type { ViewProps } from '../views/view';
import { Heading } from './heading';
import { TwoBubbles } from './icons';
import { Online } from './online';
import { RefusalNotice } from './refusal_notice';
import { Stage } from './stage';

type Props = Pick<ViewProps, 'conversation' | 'act' | 'open' | 'texts'> & {
    heading: string;
    lead: string;
    numbers?: string;
    undo?: ReactNode; // Stands above the way out; it may go at any time.
    block?: ReactNode;
};

export function Waiting(props: Props) {
    const { heading, lead, numbers, undo, block, conversation, act, open, texts } = props;
    const { now, since, undoUntil, chat } = conversation;
    const gone = `${undoUntil > 0} ${chat !== null && hasBlocked(chat)}`;
    return (
        <Stage key="waiting" open={open} texts={texts}>
            <div className="pulse">
                <TwoBubbles />
            </div>
            <Heading gone={gone}>{heading}</Heading>
            <p className="waited" role="timer" aria-label={texts.searching.waited}>
                {spanText(now - since)}
            </p>
            <p className="lead" role="status">
                {lead}
            </p>
            {numbers && <p className="numbers">{numbers}</p>}
            <RefusalNotice refusal={conversation.refusal} now={now} texts={texts} />
            <div className="stage-buttons">
                {undo}
                <button
                    type="button"
                    className="button large"
                    onClick={() => act({ type: 'ended' })}
                >
                    {texts.buttons.cancel}
                </button>
            </div>
            {block}
            <Online count={conversation.online} texts={texts} />
        </Stage>
    );
}
