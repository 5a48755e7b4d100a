// all.ts -- the sheets, which come together: they are small.

import '../styles/sheets.css';

export { Leaving } from './leaving';
export { Privacy } from './privacy';
export { Settings } from './settings';
export { Shortcuts } from './shortcuts';
