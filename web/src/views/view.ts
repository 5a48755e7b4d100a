// view.ts -- what every view is given.

import type { Conversation } from '../conversation';
import type { Page } from '../page';
import type { Preferences } from '../preferences';
import type { Sheet } from '../sheets/sheet_name';
import type { Texts } from '../texts';

export type ViewProps = {
    conversation: Conversation;
    preferences: Preferences;
    act: Page['act'];
    prefer: Page['prefer'];
    open: (sheet: Sheet | null) => void;
    texts: Texts;
};
