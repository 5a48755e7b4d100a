// index.tsx -- the sheet that lies over the view, if one does. Each is fetched when it is wanted.

import { lazy, Suspense } from 'react';
import type { ViewProps } from '../views/view';
import type { Sheet } from './sheet_name';

const Settings = lazy(async () => ({ default: (await import('./all')).Settings }));
const Shortcuts = lazy(async () => ({ default: (await import('./all')).Shortcuts }));
const Privacy = lazy(async () => ({ default: (await import('./all')).Privacy }));
const Leaving = lazy(async () => ({ default: (await import('./all')).Leaving }));

type Props = Pick<ViewProps, 'preferences' | 'prefer' | 'open' | 'texts'> & {
    sheet: Sheet | null;
};

export function Sheets({ sheet, ...rest }: Props) {
    return (
        <Suspense fallback={null}>
            {sheet?.name === 'settings' && <Settings {...rest} />}
            {sheet?.name === 'shortcuts' && <Shortcuts {...rest} />}
            {sheet?.name === 'privacy' && <Privacy {...rest} />}
            {sheet?.name === 'link' && <Leaving url={sheet.url} {...rest} />}
        </Suspense>
    );
}
