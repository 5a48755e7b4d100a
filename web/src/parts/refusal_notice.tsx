// refusal_notice.tsx -- why the gateway said no, and for how long.

import type { Conversation } from '../conversation';
import { refusalText, type Texts } from '../texts';

type Props = { refusal: Conversation['refusal']; now: number; texts: Texts };

export function RefusalNotice({ refusal, now, texts }: Props) {
    if (!refusal) {
        return null;
    }
    const seconds = Math.ceil((refusal.until - now) / 1000);
    return (
        <p className="notice bad">
            <span role="alert">{refusalText(texts, refusal)}</span>
            {refusal.retryAfter !== undefined && seconds > 0 && (
                <span className="wait">{texts.retryAfter(seconds)}</span>
            )}
        </p>
    );
}
