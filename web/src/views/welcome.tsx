// welcome.tsx -- what this is, for who comes for the first time.

import { Heading } from '../parts/heading';
import { Heart, Lock, TwoBubbles, TwoPeople } from '../parts/icons';
import { Stage } from '../parts/stage';
import type { ViewProps } from './view';

const drawings = [TwoPeople, Lock, Heart];

export function welcome({ prefer, open, texts }: ViewProps) {
    return (
        <Stage key="welcome" open={open} texts={texts}>
            <TwoBubbles />
            <Heading>{texts.start.heading}</Heading>
            <ul className="points">
                {texts.welcome.points.map(([what, more], i) => {
                    const Drawing = drawings[i] ?? Heart;
                    return (
                        <li key={what}>
                            <Drawing />
                            <p>
                                <strong>{what}</strong>
                                <span>{more}</span>
                            </p>
                        </li>
                    );
                })}
            </ul>
            <div className="stage-buttons">
                <button
                    type="button"
                    className="button primary large"
                    onClick={() => prefer({ welcomed: true })}
                >
                    {texts.welcome.button}
                </button>
                <button
                    type="button"
                    className="button quiet"
                    onClick={() => open({ name: 'privacy' })}
                >
                    {texts.welcome.privacy}
                </button>
            </div>
        </Stage>
    );
}
