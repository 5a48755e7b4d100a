// online.tsx -- how many people are here, once the gateway has said so.

import type { Texts } from '../texts';

export function Online({ count, texts }: { count: number | null; texts: Texts }) {
    return <p className="online">{count !== null && <span>{texts.online(count)}</span>}</p>;
}
