// rows.ts -- a chat as the rows of its list. Pure.

import type { Message, Past } from '../conversation';

// Messages of one person that follow each other this closely belong together.
const GROUP_MS = 60_000;

export type Row =
    | { kind: 'hello'; key: string }
    | {
          kind: 'message'; key: string; message: Message;
          grouped: boolean; // Follows closely on another of the same person.
          last: boolean; // No other of the same person follows closely.
          past: boolean; // Was said in a chat before this one.
      }
    | { kind: 'again'; key: string }
    | { kind: 'typing'; key: string };

type Said = { id: string; messages: readonly Message[] };

function isGrouped(message: Message | undefined, earlier: Message | undefined): boolean {
    return (
        message !== undefined &&
        earlier !== undefined &&
        message.from === earlier.from &&
        message.at - earlier.at < GROUP_MS
    );
}

function messageRows({ id, messages }: Said, past: boolean): Row[] {
    return messages.map((message, i) => ({
        kind: 'message',
        key: `${id} ${message.from} ${message.id}`,
        message,
        grouped: isGrouped(message, messages[i - 1]),
        last: !isGrouped(messages[i + 1], message),
        past,
    }));
}

export function rowsOf(earlier: readonly Past[], chat: Said, typing: boolean): Row[] {
    return [
        { kind: 'hello', key: 'hello' },
        ...earlier.flatMap((past): Row[] => [
            ...messageRows(past, true),
            { kind: 'again', key: `again ${past.id}` },
        ]),
        ...messageRows(chat, false),
        ...(typing ? [{ kind: 'typing', key: 'typing' } as const] : []),
    ];
}
