// metrics.mjs -- what a service that runs alone says on /metrics.

import { Server } from '../protocol/server.mjs';
import { ask } from '../system/process.mjs';

export async function fetchMetrics(service) {
    const server = await Server.start(service);
    try {
        return (await ask(server.admin, '/metrics')).body;
    } finally {
        await server.stop();
    }
}
