// searcher.mjs -- somebody in a process of their own, who searches: node searcher.mjs URL

import { Person } from './person.mjs';

const person = await Person.arrive(process.argv[2]);
await person.ask('search');
