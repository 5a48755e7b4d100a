// idle.tsx -- the start page.

import { Heading } from '../parts/heading';
import { Online } from '../parts/online';
import { RefusalNotice } from '../parts/refusal_notice';
import { Stage } from '../parts/stage';
import { TwoBubbles } from '../parts/icons';
import { Wishes } from '../parts/wishes';
import { spanText } from '../texts';
import type { ViewProps } from './view';

export function idle({ conversation, act, open, texts }: ViewProps) {
    const { timedOut } = conversation;
    return (
        <Stage
            key="idle"
            open={open}
            texts={texts}
            foot={
                <p className="rules">
                    {texts.start.rules}{' '}
                    <button
                        type="button"
                        className="plain"
                        onClick={() => open({ name: 'privacy' })}
                    >
                        {texts.start.privacy}
                    </button>
                </p>
            }
        >
            <TwoBubbles />
            <Heading>{texts.start.heading}</Heading>
            <p className="lead">{texts.start.lead}</p>
            {timedOut !== null && (
                <p className="notice" role="alert">
                    {texts.start.nobody(spanText(timedOut))}
                </p>
            )}
            <Wishes conversation={conversation} act={act} texts={texts} />
            <RefusalNotice
                refusal={conversation.refusal}
                now={conversation.now}
                texts={texts}
            />
            <button
                type="button"
                className="button primary large"
                onClick={() => act({ type: 'searched' })}
            >
                {timedOut === null ? texts.start.button : texts.start.again}
            </button>
            <Online count={conversation.online} texts={texts} />
        </Stage>
    );
}
