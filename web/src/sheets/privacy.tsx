// privacy.tsx -- what is kept, and what is not.

import type { ViewProps } from '../views/view';
import { Sheet } from './sheet';

export function Privacy({ open, texts }: Pick<ViewProps, 'open' | 'texts'>) {
    return (
        <Sheet heading={texts.privacy.heading} open={open} texts={texts}>
            <div className="prose">
                {texts.privacy.sections.map(([heading, text]) => (
                    <section key={heading}>
                        <h3>{heading}</h3>
                        <p>{text}</p>
                    </section>
                ))}
            </div>
        </Sheet>
    );
}
