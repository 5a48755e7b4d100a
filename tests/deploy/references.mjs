// references.mjs -- what objects say of one another and neither a schema nor a cluster checks.

// A sentence for each reference that leads nowhere; `brought` is there without being rendered.
export function references(manifests, brought) {
    const wrong = [];
    const accuse = ({ kind, metadata }, what) => wrong.push(`${kind}/${metadata.name}: ${what}`);

    const keysOf = (kind, name) => {
        const object = manifests.get(kind, name);
        return object
            ? Object.keys({ ...object.data, ...object.stringData, ...object.binaryData })
            : brought.get(`${kind}/${name}`);
    };

    // Files that a volume puts into its folder.
    const filesOf = (workload, { name, secret, configMap }) => {
        const kind = secret ? 'Secret' : 'ConfigMap';
        const source = secret?.secretName ?? configMap?.name;
        if (!source) {
            return null;
        }
        const keys = keysOf(kind, source);
        if (!keys) {
            accuse(workload, `volume ${name}: there is no ${kind} ${source}`);
        }
        return keys ?? [];
    };

    const checkContainer = (workload, container) => {
        for (const { configMapRef } of container.envFrom ?? []) {
            if (!keysOf('ConfigMap', configMapRef.name)) {
                accuse(workload, `there is no ConfigMap ${configMapRef.name}`);
            }
        }
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
            const port = container[probe]?.httpGet?.port;
            if (port !== undefined && !manifests.portOf(workload, port)) {
                accuse(workload, `${probe}: it has no port ${port}`);
            }
        }
        const volumes = new Map((workload.spec.template.spec.volumes ?? [])
            .map((volume) => [volume.name, filesOf(workload, volume)]));
        (workload.spec.volumeClaimTemplates ?? [])
            .forEach(({ metadata }) => volumes.set(metadata.name, null));
        const files = new Set();
        for (const { name, mountPath } of container.volumeMounts ?? []) {
            if (!volumes.has(name)) {
                accuse(workload, `it has no volume ${name}`);
            }
            (volumes.get(name) ?? []).forEach((file) => files.add(`${mountPath}/${file}`));
        }
        // What a variable names must be among the files that are mounted.
        for (const { name, value } of container.env ?? []) {
            if (/^\/run\//.test(value) && !files.has(value)) {
                accuse(workload, `${name}: no volume brings ${value}`);
            }
        }
    };

    const checkService = (service) => {
        const chosen = manifests.selected({ matchLabels: service.spec.selector });
        if (chosen.length === 0) {
            accuse(service, 'it chooses no pod');
        }
        for (const { port, targetPort = port } of service.spec.ports) {
            chosen.filter((workload) => !manifests.portOf(workload, targetPort))
                .forEach(({ metadata }) => accuse(service, `${metadata.name} has no port ${targetPort}`));
        }
    };

    const checkIngress = (ingress) => {
        for (const { secretName } of ingress.spec.tls) {
            if (!keysOf('Secret', secretName)) {
                accuse(ingress, `there is no Secret ${secretName}`);
            }
        }
        const hosts = ingress.spec.tls.flatMap((one) => one.hosts);
        for (const { host, http } of ingress.spec.rules) {
            if (!hosts.includes(host)) {
                accuse(ingress, `${host} has no TLS`);
            }
            for (const { backend } of http.paths) {
                const { name, port } = backend.service;
                const ports = manifests.get('Service', name)?.spec.ports ?? [];
                if (!ports.some((one) => one.name === port.name || one.port === port.number)) {
                    accuse(ingress, `there is no port ${JSON.stringify(port)} of a Service ${name}`);
                }
            }
        }
    };

    for (const workload of manifests.workloads) {
        workload.spec.template.spec.containers.forEach((one) => checkContainer(workload, one));
        const { serviceName } = workload.spec;
        if (serviceName && !manifests.get('Service', serviceName)) {
            accuse(workload, `there is no Service ${serviceName}`);
        }
    }
    manifests.all('Service').forEach(checkService);
    manifests.all('Ingress').forEach(checkIngress);
    for (const policy of manifests.all('NetworkPolicy', 'PodDisruptionBudget')) {
        if (manifests.selected(policy.spec.podSelector ?? policy.spec.selector).length === 0) {
            accuse(policy, 'it chooses no pod');
        }
    }
    for (const scaler of manifests.all('HorizontalPodAutoscaler')) {
        const { kind, name } = scaler.spec.scaleTargetRef;
        if (!manifests.get(kind, name)) {
            accuse(scaler, `there is no ${kind} ${name}`);
        }
    }
    return wrong;
}
