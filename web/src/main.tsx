// main.tsx -- starts the page.

import { createRoot } from 'react-dom/client';
import { App } from './app';
import { openPage } from './page';
import './style.css';
import './styles/room.css';
import './styles/stage.css';
import './styles/transcript.css';
import './styles/wishes.css';
import { chooseTexts } from './texts';
import { followViewport } from './viewport';

const texts = chooseTexts(navigator.languages);
document.documentElement.lang = texts.language;
document.documentElement.dir = texts.direction;
followViewport();

createRoot(document.getElementById('root')!).render(
    <App page={openPage()} texts={texts} />,
);
