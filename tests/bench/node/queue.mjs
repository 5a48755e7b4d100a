// queue.mjs -- who waits and who talks to whom, in Redis.

import { Redis } from 'ioredis';

// Takes the one who has waited longest, or puts the searcher in line.
const SEARCH = `
    local partner = redis.call('LPOP', KEYS[1])
    if not partner or partner == ARGV[1] then
        redis.call('RPUSH', KEYS[1], ARGV[1])
        return false
    end
    redis.call('MSET', 'chat:' .. ARGV[1], partner, 'chat:' .. partner, ARGV[1],
               'session:' .. ARGV[1], ARGV[2], 'session:' .. partner, ARGV[2])
    return partner`;

export function connect(url) {
    return new Redis(url.replace('unix://', ''), { enableAutoPipelining: true });
}

export class Queue {
    #redis;

    constructor(redis) {
        this.#redis = redis;
        redis.defineCommand('search', { numberOfKeys: 1, lua: SEARCH });
    }

    // The partner; null: in line.
    search(user, chat) {
        return this.#redis.search('waiting_users', user, chat);
    }

    end(user, partner) {
        this.#redis.del(`chat:${user}`, `chat:${partner}`, `session:${user}`, `session:${partner}`);
    }

    forget(user) {
        this.#redis.lrem('waiting_users', 0, user);
    }
}
