// sheet_name.ts -- what can lie over a view.

export type Sheet =
    | { name: 'settings' }
    | { name: 'shortcuts' }
    | { name: 'privacy' }
    | { name: 'link'; url: string };
