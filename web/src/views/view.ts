// view.ts -- what every view is given.

import type { Conversation } from '../conversation';
import type { Page } from '../page';
import type { Texts } from '../texts';

export type ViewProps = { conversation: Conversation; act: Page['act']; texts: Texts };
