// leaving.tsx -- asks before a link of a stranger is opened, and shows where it leads.

import type { ViewProps } from '../views/view';
import { Sheet } from './sheet';

type Props = Pick<ViewProps, 'open' | 'texts'> & { url: string };

export function Leaving({ url, open, texts }: Props) {
    const { host } = new URL(url);
    return (
        <Sheet heading={texts.leaving.question} open={open} texts={texts}>
            <p className="address-host" dir="ltr">
                {host}
            </p>
            <p className="address" dir="ltr">
                {url}
            </p>
            <p className="notice">{texts.leaving.warning}</p>
            <div className="sheet-buttons">
                <button type="button" className="button" onClick={() => open(null)}>
                    {texts.leaving.cancel}
                </button>
                <a
                    className="button primary"
                    href={url}
                    target="_blank"
                    rel="noopener noreferrer nofollow"
                    onClick={() => open(null)}
                >
                    {texts.leaving.open}
                </a>
            </div>
        </Sheet>
    );
}
