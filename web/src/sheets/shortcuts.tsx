// shortcuts.tsx -- the keys that do something.

import { Fragment } from 'react';
import type { ViewProps } from '../views/view';
import { Sheet } from './sheet';

export function Shortcuts({ open, texts }: Pick<ViewProps, 'open' | 'texts'>) {
    return (
        <Sheet heading={texts.shortcuts.heading} open={open} texts={texts}>
            <dl className="keys">
                {texts.shortcuts.list.map(([keys, text]) => (
                    <div key={text}>
                        <dt>
                            {keys.map((key, i) => (
                                <Fragment key={i}>
                                    <kbd>{key}</kbd>{' '}
                                </Fragment>
                            ))}
                        </dt>
                        <dd>{text}</dd>
                    </div>
                ))}
            </dl>
        </Sheet>
    );
}
