// manifests.mjs -- the overlays as kubectl renders them, and questions about what they hold.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { SERVICES } from './settings.mjs';

export const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
export const OVERLAYS = ['local', 'production'];

// What an operator brings into the cluster for production, beside the manifests: kind/name -> keys.
export const BROUGHT = new Map([
    ['Secret/matcher-redis', ['redis_url']],
    ['Secret/sessions-database', ['database_url']],
    ...SERVICES.map((service) => [`Secret/bus-${service}`, ['bus.key']]),
    ['Secret/chat-tls', ['tls.crt', 'tls.key']],
    ['ConfigMap/bus-keys', ['bus.keys']],
]);

// All objects of an overlay. Secrets are made for it in a copy, as its head says.
export function render(overlay, kubectl = process.env.KUBECTL ?? 'kubectl') {
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
    try {
        const copy = join(folder, 'kubernetes');
        const original = join(DEPLOY, 'kubernetes');
        cpSync(original, copy, {
            recursive: true,
            filter: (path) => !path.startsWith(join(original, 'overlays/local/secrets')),
        });
        const place = join(copy, 'overlays', overlay);
        if (overlay === 'local') {
            const secrets = join(place, 'secrets');
            execFileSync('bash', [join(DEPLOY, 'secrets'), secrets], { stdio: 'pipe' });
            mkdirSync(join(secrets, 'bus'));
            for (const file of [...SERVICES.map((service) => `${service}.key`), 'bus.keys']) {
                writeFileSync(join(secrets, 'bus', file), `the ${file}\n`);
            }
        }
        const options = { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] };
        const text = execFileSync(kubectl, ['kustomize', place], options);
        return parseAllDocuments(text, { uniqueKeys: true }).map((one) => {
            if (one.errors.length > 0) {
                throw one.errors[0];
            }
            return one.toJS();
        });
    } finally {
        rmSync(folder, { recursive: true });
    }
}

export class Manifests {
    constructor(objects) {
        this.objects = objects;
    }

    all(...kinds) {
        return this.objects.filter(({ kind }) => kinds.includes(kind));
    }

    get(kind, name) {
        return this.objects.find((one) => one.kind === kind && one.metadata.name === name);
    }

    get workloads() {
        return this.all('Deployment', 'StatefulSet');
    }

    // Workloads whose pods a selector chooses; a selector without a word chooses all.
    selected({ matchLabels = {}, matchExpressions = [] } = {}) {
        return this.workloads.filter(({ spec }) => {
            const { labels } = spec.template.metadata;
            return Object.entries(matchLabels).every(([key, value]) => labels[key] === value)
                && matchExpressions.every(({ key, operator, values }) =>
                    operator === 'In' && values.includes(labels[key]));
        });
    }

    // The environment of a workload's container, with what is in its ConfigMap.
    environmentOf(workload) {
        const [container] = workload.spec.template.spec.containers;
        const maps = (container.envFrom ?? []).map(({ configMapRef }) =>
            this.get('ConfigMap', configMapRef.name).data);
        const own = (container.env ?? []).map(({ name, value }) => [name, value]);
        return { ...Object.assign({}, ...maps), ...Object.fromEntries(own) };
    }

    // A port of a workload, by its name or number.
    portOf(workload, port) {
        const ports = workload.spec.template.spec.containers.flatMap((one) => one.ports ?? []);
        return ports.find(({ name, containerPort }) => port === name || port === containerPort);
    }
}
